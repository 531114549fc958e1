/** Models as Keras/tfjs layers JSON. */

interface LayerJson {
  readonly class_name: string
  readonly config: Readonly<Record<string, unknown>>
}

export type Topology = Readonly<Record<string, unknown>>

function dense(name: string, units: number, activation: string, inputShape?: readonly number[]): LayerJson {
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
      ...(inputShape ? { batch_input_shape: [null, ...inputShape], dtype: 'float32' } : {}),
    },
  }
}

function sequential(name: string, layers: readonly LayerJson[]): Topology {
  return { class_name: 'Sequential', config: { name, layers } }
}

/** A multilayer perceptron: ReLU between, softmax at the end. */
export function mlp(inputs: number, hidden: readonly number[], classes: number): Topology {
  const layers = hidden.map((units, i) => dense(`hidden_${i + 1}`, units, 'relu', i === 0 ? [inputs] : undefined))
  layers.push(dense('classes', classes, 'softmax', hidden.length === 0 ? [inputs] : undefined))
  return sequential(`mlp_${[inputs, ...hidden, classes].join('_')}`, layers)
}
