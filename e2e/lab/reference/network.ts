/** A whole model in float64, from its Keras JSON: its loss, and the loss's gradient by differences. */
import { maskValues } from '../../../client/training/draws/bits.ts'
import { slopes } from '../../../client/training/gradients/testing.ts'
import type { Topology } from '../../../shared/jobs/models.ts'
import { deriveSeed } from '../../../shared/random/random.ts'
import type { LayerWeights } from '../page/experiments.ts'
import { type Array64, array64 } from './array64.ts'
import { computed } from './layers.ts'

interface Node {
  readonly kind: string
  // biome-ignore lint/suspicious/noExplicitAny: a layer's JSON, each kind's its own
  readonly config: any
  /** Names of the layers whose outputs it takes. */
  readonly from: readonly string[]
}

export interface Batch {
  readonly xs: Array64
  readonly labels: readonly number[]
}

type Weights = ReadonlyMap<string, readonly Array64[]>

/** `key`: what the step draws with, two halves of 16 bits. */
export function lossOf(topology: Topology, weights: Weights, { xs, labels }: Batch, key: ArrayLike<number>): number {
  const outputs = new Map<string, Array64>()
  let last = xs
  for (const { kind, config, from } of nodesOf(topology)) {
    const mask = (size: number, { rate }: { readonly rate: number }) =>
      maskValues(
        [key[0] as number, key[1] as number],
        { rate, salt: deriveSeed(0, 'dropout-layer', config.name) },
        size,
      )
    const inputs = from.map((name) => outputs.get(name) ?? xs)
    last =
      kind === 'InputLayer' ? xs : computed(kind, { inputs, weights: weights.get(config.name) ?? [], config, mask })
    outputs.set(config.name, last)
  }
  const classes = last.shape.at(-1) as number
  const losses = labels.map((label, i) => -Math.log(last.data[i * classes + label] as number))
  return losses.reduce((a, b) => a + b, 0) / losses.length
}

/** Of the kernels, by their layers' JSON. */
function penaltyOf(topology: Topology, weights: Weights): number {
  return nodesOf(topology).reduce((sum, { config }) => {
    const { l1 = 0, l2 = 0 } = config.kernel_regularizer?.config ?? {}
    const kernel = Array.from(weights.get(config.name)?.[0]?.data ?? [])
    return kernel.length && (l1 || l2) ? kernel.reduce((part, w) => part + l1 * Math.abs(w) + l2 * w * w, sum) : sum
  }, 0)
}

/** Of the loss and the layers' penalties by each weight, by central differences: by layer, in the layer's order. */
export function gradientsOf(
  topology: Topology,
  layers: readonly LayerWeights[],
  batch: Batch,
  key: ArrayLike<number>,
): Map<string, Float64Array[]> {
  const weights = new Map(layers.map(({ name, weights }) => [name, weights.map((w) => array64(w.shape, w.before))]))
  const loss = () => lossOf(topology, weights, batch, key) + penaltyOf(topology, weights)
  return new Map(
    layers.map((layer) => [layer.name, (weights.get(layer.name) as Array64[]).map(({ data }) => slopes(data, loss))]),
  )
}

// biome-ignore lint/suspicious/noExplicitAny: Keras' JSON
function nodesOf(topology: any): Node[] {
  const { layers } = topology.config
  let before = ''
  // biome-ignore lint/suspicious/noExplicitAny: Keras' JSON
  return layers.map(({ class_name, config, inbound_nodes }: any) => {
    const from = inbound_nodes ? (inbound_nodes[0] ?? []).map(([name]: [string]) => name) : [before]
    before = config.name
    return { kind: class_name, config, from }
  })
}
