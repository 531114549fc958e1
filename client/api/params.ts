/** Tensors by name, as programs handle them, from and to the flat vector that travels. */

import { TributaryError } from '../../shared/errors/error.ts'
import { listedUpTo } from '../../shared/errors/listed-up-to.ts'
import { FlatParams } from '../../shared/tensors/flat.ts'
import { elements, flatTensors, type Layout, placedTensors, type TensorSpec } from '../../shared/tensors/layout.ts'
import type { ReceivedModel as Download } from '../sdk/download.ts'
import type { ParamsType, ReceivedParams, TensorLike } from './fl-model.ts'

/** As many names as an error lists of a kind. */
const LISTED = 5

/** All of a version's tensors, the frozen ones too, in the layout's order. The values are copies. */
export function namedTensors(version: Pick<Download, 'manifest' | 'params' | 'base'>): ReceivedParams {
  const named = placedTensors(version.manifest.layout).map(({ name, shape, part, at, size }) => {
    return [name, { shape, data: version[part].read(at, size) }] as const
  })
  return Object.fromEntries(named)
}

/**
 * What is sent of these tensors: trained minus received. Frozen ones may be among them and stay where they are. Throws
 * 'update/wrong-layout' or 'update/not-finite', naming every tensor that is missing, unknown or of another shape.
 */
export async function differenceOf(
  given: Readonly<Record<string, TensorLike>>,
  type: ParamsType,
  layout: Layout,
  received: FlatParams,
): Promise<FlatParams> {
  const specs = flatTensors(layout)
  checkNames(Object.keys(given), layout, specs)
  const pieces: Float32Array[] = []
  let at = 0
  for (const spec of specs) {
    const values = await valuesOf(given[spec.name] as TensorLike, spec)
    if (type === 'full') {
      const before = received.read(at, values.length)
      for (let i = 0; i < values.length; i++) values[i] = (values[i] as number) - (before[i] as number)
    }
    const stray = values.findIndex((value) => !Number.isFinite(value))
    if (stray >= 0)
      throw new TributaryError(
        'update/not-finite',
        `${spec.name} has ${values[stray]} at position ${stray}. A smaller learning rate helps where training diverged.`,
      )
    pieces.push(values)
    at += values.length
  }
  return FlatParams.concat(pieces)
}

function checkNames(given: readonly string[], layout: Layout, specs: readonly TensorSpec[]): void {
  const known = new Set(layout.map(({ name }) => name))
  const missing = specs.filter(({ name }) => !given.includes(name)).map(({ name }) => name)
  const unknown = given.filter((name) => !known.has(name))
  if (missing.length === 0 && unknown.length === 0) return
  const faults = [
    ...(missing.length > 0 ? [`${some(missing)} missing`] : []),
    ...(unknown.length > 0 ? [`${some(unknown)} not of this model`] : []),
  ]
  throw new TributaryError(
    'update/wrong-layout',
    `The tensors that were given are not the model’s: ${faults.join(', ')}. Send all that were received, by their names: ${some(specs.map(({ name }) => name))}.`,
  )
}

/** A copy in float32. */
async function valuesOf(given: TensorLike, { name, shape }: TensorSpec): Promise<Float32Array> {
  const bare = 'shape' in given ? given.data : given
  const values = typeof bare === 'function' ? await (given as { data(): Promise<ArrayLike<number>> }).data() : bare
  const wanted = `[${shape.join(', ')}]`
  if ('shape' in given && given.shape.join() !== shape.join())
    throw new TributaryError(
      'update/wrong-layout',
      `${name} has the shape [${given.shape.join(', ')}]; the model’s is ${wanted}.`,
    )
  if (typeof values?.length !== 'number' || values.length !== elements(shape))
    throw new TributaryError(
      'update/wrong-layout',
      `${name} has ${values?.length ?? 'no'} values; its shape ${wanted} has ${elements(shape)}.`,
    )
  return Float32Array.from(values)
}

function some(names: readonly string[]): string {
  return listedUpTo(names, LISTED)
}
