/** Small models of every kind of layer, as tfjs topologies. */
import { type LayerJson, sequential as named, type Topology } from '../../shared/jobs/models.ts'

export type LayerSpec = LayerJson

let count = 0

export function layer(class_name: string, config: LayerSpec['config'] = {}): LayerSpec {
  return { class_name, config: { name: `${class_name.toLowerCase()}_${++count}`, ...config } }
}

export const sequential = (input: readonly number[], layers: readonly LayerSpec[]): Topology =>
  named(`model_${++count}`, input, layers)

/** Layers with the names of those whose outputs they take; the first takes `input`, the last is the model's output. */
export function functional(
  input: readonly number[],
  nodes: readonly (readonly [LayerSpec, ...from: string[]])[],
): Topology {
  const first = {
    class_name: 'InputLayer',
    config: { name: 'input', batch_input_shape: [null, ...input], dtype: 'float32' },
  }
  const place = (name: string) => [name, 0, 0, {}]
  const layers = nodes.map(([spec, ...from]) => ({ ...spec, name: spec.config.name, inbound_nodes: [from.map(place)] }))
  const config = {
    name: `model_${++count}`,
    layers: [{ ...first, name: 'input', inbound_nodes: [] }, ...layers],
    input_layers: [['input', 0, 0]],
    output_layers: [[layers.at(-1)?.config.name, 0, 0]],
  }
  return { class_name: 'Model', config }
}

export const dense = (units: number, activation = 'linear') => layer('Dense', { units, activation })
