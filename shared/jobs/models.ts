/** Models as Keras/tfjs layers JSON. */

export interface LayerJson {
  readonly class_name: string
  readonly config: Readonly<Record<string, unknown>>
}

export type Topology = Readonly<Record<string, unknown>>

/** `input`: shape of one example. */
export function sequential(name: string, input: readonly number[], layers: readonly LayerJson[]): Topology {
  const [first, ...rest] = layers as readonly [LayerJson, ...LayerJson[]]
  const config = { ...first.config, batch_input_shape: [null, ...input], dtype: 'float32' }
  return { class_name: 'Sequential', config: { name, layers: [{ ...first, config }, ...rest] } }
}

export function dense(name: string, units: number, activation: string): LayerJson {
  return {
    class_name: 'Dense',
    config: {
      name,
      units,
      activation,
      use_bias: true,
      kernel_initializer: { class_name: 'GlorotUniform', config: { seed: null } },
      bias_initializer: { class_name: 'Zeros', config: {} },
      trainable: true,
    },
  }
}

/** A multilayer perceptron: ReLU between, softmax at the end. */
export function mlp(inputs: number, hidden: readonly number[], classes: number): Topology {
  const layers = hidden.map((units, i) => dense(`hidden_${i + 1}`, units, 'relu'))
  layers.push(dense('classes', classes, 'softmax'))
  return sequential(`mlp_${[inputs, ...hidden, classes].join('_')}`, [inputs], layers)
}
