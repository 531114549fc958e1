/** Small models of every kind of layer, as tfjs topologies. */
import type { Topology } from '../../shared/jobs/models.ts'

type Config = Readonly<Record<string, unknown>>
export interface LayerSpec {
  readonly class_name: string
  readonly config: Config
}

let count = 0

export function layer(class_name: string, config: Config = {}): LayerSpec {
  return { class_name, config: { name: `${class_name.toLowerCase()}_${++count}`, ...config } }
}

export function sequential(input: readonly number[], layers: readonly LayerSpec[]): Topology {
  const [first, ...rest] = layers as [LayerSpec, ...LayerSpec[]]
  const config = { ...first.config, batch_input_shape: [null, ...input], dtype: 'float32' }
  return { class_name: 'Sequential', config: { name: `model_${++count}`, layers: [{ ...first, config }, ...rest] } }
}

export const dense = (units: number, activation = 'linear') => layer('Dense', { units, activation })
