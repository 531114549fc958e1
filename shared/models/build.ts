import * as tf from '@tensorflow/tfjs-core'
import { type LayersModel, loadLayersModel } from '@tensorflow/tfjs-layers'
import { TributaryError } from '../errors/error.ts'
import type { Topology } from '../jobs/models.ts'
import { deriveSeed } from '../random/random.ts'
import './chained-ops.ts'
// They register themselves.
import './layers/multi-head-attention.ts'
import './layers/orthogonal.ts'
import './layers/position-embedding.ts'

/** The model of a Keras/tfjs layers topology, with whatever initial weights its initializers draw. Throws 'job/untrainable'. */
export async function buildModel(topology: Topology): Promise<LayersModel> {
  try {
    return await loadLayersModel(tf.io.fromMemory({ modelTopology: topology }))
  } catch (cause) {
    const why = cause instanceof Error ? cause.message.split('\n')[0] : String(cause)
    throw new TributaryError(
      'job/untrainable',
      `The model’s topology cannot be built: ${why} Give the JSON that tfjs’ model.toJSON() or Keras 2’s model.to_json() makes.`,
      { cause },
    )
  }
}

/** As buildModel, but the initial weights are a function of the seed: each initializer gets one by its layer's name. */
export async function buildSeededModel(topology: Topology, seed: number): Promise<LayersModel> {
  // Building once fills in the initializers that the topology leaves to their defaults.
  const draft = await buildModel(topology)
  const complete = draft.toJSON(null, false) as unknown as Topology
  draft.dispose()
  const initializers = mapInitializers(complete, '', (initializer, path) => {
    const own = initializer.config.seed
    const given = typeof own === 'number' ? own : deriveSeed(seed, 'initial-weights', path) % 0x7fffffff
    const config = { ...initializer.config, ...('seed' in initializer.config ? { seed: given } : {}) }
    return { ...initializer, config }
  })
  return buildModel(initializers as Topology)
}

/**
 * As buildModel, for weights that come from elsewhere: those that the topology names initializers for are 0. Drawing them takes
 * time, a recurrent layer's seconds.
 */
export function buildBlankModel(topology: Topology): Promise<LayersModel> {
  const zeros = { class_name: 'Zeros', config: {} }
  return buildModel(mapInitializers(topology, '', () => zeros) as Topology)
}

function mapInitializers(
  value: unknown,
  path: string,
  change: (initializer: Initializer, path: string) => Initializer,
): unknown {
  if (Array.isArray(value)) return value.map((item, i) => mapInitializers(item, `${path}/${nameOf(item) ?? i}`, change))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, child]) => {
      const here = `${path}/${key}`
      if (key.endsWith('initializer') && isInitializer(child)) return [key, change(child, here)]
      return [key, mapInitializers(child, here, change)]
    }),
  )
}

function nameOf(item: unknown): string | undefined {
  const config = (item as { config?: { name?: unknown } } | null)?.config
  return typeof config?.name === 'string' ? config.name : undefined
}

interface Initializer {
  readonly class_name: string
  readonly config: Readonly<Record<string, unknown>>
}

function isInitializer(value: unknown): value is Initializer {
  return typeof value === 'object' && value !== null && 'class_name' in value && 'config' in value
}
