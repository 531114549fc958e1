/**
 * A small functional model of Keras 3.15.1, as model.to_json() writes it, with weights by their paths, and what Keras predicts with
 * them (model.predict on its NumPy backend).
 */
export const keras3 = {
  json: {
    module: 'keras.src.models.functional',
    class_name: 'Functional',
    config: {
      name: 'branches',
      trainable: true,
      layers: [
        {
          module: 'keras.layers',
          class_name: 'InputLayer',
          config: {
            batch_shape: [null, 3, 3, 1],
            dtype: 'float32',
            sparse: false,
            ragged: false,
            name: 'picture',
            optional: false,
          },
          registered_name: null,
          name: 'picture',
          inbound_nodes: [],
        },
        {
          module: 'keras.layers',
          class_name: 'Conv2D',
          config: {
            name: 'conv',
            trainable: true,
            dtype: { module: 'keras', class_name: 'DTypePolicy', config: { name: 'float32' }, registered_name: null },
            filters: 2,
            kernel_size: [2, 2],
            strides: [1, 1],
            padding: 'same',
            data_format: 'channels_last',
            dilation_rate: [1, 1],
            groups: 1,
            activation: 'silu',
            use_bias: true,
            kernel_initializer: {
              module: 'keras.initializers',
              class_name: 'GlorotUniform',
              config: { seed: null, input_axes: null, output_axes: null },
              registered_name: null,
            },
            bias_initializer: { module: 'keras.initializers', class_name: 'Zeros', config: {}, registered_name: null },
            kernel_regularizer: {
              module: 'keras.regularizers',
              class_name: 'L2',
              config: { l2: 0.01 },
              registered_name: null,
            },
            bias_regularizer: null,
            activity_regularizer: null,
            kernel_constraint: null,
            bias_constraint: null,
          },
          registered_name: null,
          build_config: { input_shape: [null, 3, 3, 1] },
          name: 'conv',
          inbound_nodes: [
            {
              args: [
                {
                  class_name: '__keras_tensor__',
                  config: { shape: [null, 3, 3, 1], dtype: 'float32', keras_history: ['picture', 0, 0] },
                },
              ],
              kwargs: {},
            },
          ],
        },
        {
          module: 'keras.layers',
          class_name: 'BatchNormalization',
          config: {
            name: 'norm',
            trainable: true,
            dtype: { module: 'keras', class_name: 'DTypePolicy', config: { name: 'float32' }, registered_name: null },
            axis: -1,
            momentum: 0.99,
            epsilon: 0.001,
            center: true,
            scale: true,
            beta_initializer: { module: 'keras.initializers', class_name: 'Zeros', config: {}, registered_name: null },
            gamma_initializer: { module: 'keras.initializers', class_name: 'Ones', config: {}, registered_name: null },
            moving_mean_initializer: {
              module: 'keras.initializers',
              class_name: 'Zeros',
              config: {},
              registered_name: null,
            },
            moving_variance_initializer: {
              module: 'keras.initializers',
              class_name: 'Ones',
              config: {},
              registered_name: null,
            },
            beta_regularizer: null,
            gamma_regularizer: null,
            beta_constraint: null,
            gamma_constraint: null,
            synchronized: false,
            renorm: false,
            renorm_clipping: null,
            renorm_momentum: 0.99,
          },
          registered_name: null,
          build_config: { input_shape: [null, 3, 3, 2] },
          name: 'norm',
          inbound_nodes: [
            {
              args: [
                {
                  class_name: '__keras_tensor__',
                  config: { shape: [null, 3, 3, 2], dtype: 'float32', keras_history: ['conv', 0, 0] },
                },
              ],
              kwargs: { mask: null },
            },
          ],
        },
        {
          module: 'keras.layers',
          class_name: 'Conv2D',
          config: {
            name: 'side',
            trainable: true,
            dtype: { module: 'keras', class_name: 'DTypePolicy', config: { name: 'float32' }, registered_name: null },
            filters: 2,
            kernel_size: [1, 1],
            strides: [1, 1],
            padding: 'valid',
            data_format: 'channels_last',
            dilation_rate: [1, 1],
            groups: 1,
            activation: 'linear',
            use_bias: true,
            kernel_initializer: {
              module: 'keras.initializers',
              class_name: 'GlorotUniform',
              config: { seed: null, input_axes: null, output_axes: null },
              registered_name: null,
            },
            bias_initializer: { module: 'keras.initializers', class_name: 'Zeros', config: {}, registered_name: null },
            kernel_regularizer: null,
            bias_regularizer: null,
            activity_regularizer: null,
            kernel_constraint: null,
            bias_constraint: null,
          },
          registered_name: null,
          build_config: { input_shape: [null, 3, 3, 2] },
          name: 'side',
          inbound_nodes: [
            {
              args: [
                {
                  class_name: '__keras_tensor__',
                  config: { shape: [null, 3, 3, 2], dtype: 'float32', keras_history: ['norm', 0, 0] },
                },
              ],
              kwargs: {},
            },
          ],
        },
        {
          module: 'keras.layers',
          class_name: 'Add',
          config: {
            name: 'sum',
            trainable: true,
            dtype: { module: 'keras', class_name: 'DTypePolicy', config: { name: 'float32' }, registered_name: null },
          },
          registered_name: null,
          build_config: {
            input_shape: [
              [null, 3, 3, 2],
              [null, 3, 3, 2],
            ],
          },
          name: 'sum',
          inbound_nodes: [
            {
              args: [
                [
                  {
                    class_name: '__keras_tensor__',
                    config: { shape: [null, 3, 3, 2], dtype: 'float32', keras_history: ['norm', 0, 0] },
                  },
                  {
                    class_name: '__keras_tensor__',
                    config: { shape: [null, 3, 3, 2], dtype: 'float32', keras_history: ['side', 0, 0] },
                  },
                ],
              ],
              kwargs: {},
            },
          ],
        },
        {
          module: 'keras.layers',
          class_name: 'Flatten',
          config: {
            name: 'flat',
            trainable: true,
            dtype: { module: 'keras', class_name: 'DTypePolicy', config: { name: 'float32' }, registered_name: null },
            data_format: 'channels_last',
          },
          registered_name: null,
          build_config: { input_shape: [null, 3, 3, 2] },
          name: 'flat',
          inbound_nodes: [
            {
              args: [
                {
                  class_name: '__keras_tensor__',
                  config: { shape: [null, 3, 3, 2], dtype: 'float32', keras_history: ['sum', 0, 0] },
                },
              ],
              kwargs: {},
            },
          ],
        },
        {
          module: 'keras.layers',
          class_name: 'Dense',
          config: {
            name: 'answer',
            trainable: true,
            dtype: { module: 'keras', class_name: 'DTypePolicy', config: { name: 'float32' }, registered_name: null },
            units: 2,
            activation: 'softmax',
            use_bias: true,
            kernel_initializer: {
              module: 'keras.initializers',
              class_name: 'GlorotUniform',
              config: { seed: null, input_axes: null, output_axes: null },
              registered_name: null,
            },
            bias_initializer: { module: 'keras.initializers', class_name: 'Zeros', config: {}, registered_name: null },
            kernel_regularizer: null,
            bias_regularizer: null,
            kernel_constraint: null,
            bias_constraint: null,
            quantization_config: null,
          },
          registered_name: null,
          build_config: { input_shape: [null, 18] },
          name: 'answer',
          inbound_nodes: [
            {
              args: [
                {
                  class_name: '__keras_tensor__',
                  config: { shape: [null, 18], dtype: 'float32', keras_history: ['flat', 0, 0] },
                },
              ],
              kwargs: {},
            },
          ],
        },
      ],
      input_layers: ['picture', 0, 0],
      output_layers: ['answer', 0, 0],
    },
    registered_name: 'Functional',
    build_config: { input_shape: null },
    compile_config: {},
  },
  weights: {
    'conv/kernel': [
      [2, 2, 1, 2],
      [0.244, 0.246, 0.012, -0.171, -0.357, -0.093, -0.073, -0.364],
    ],
    'conv/bias': [[2], [-0.361, 0.399]],
    'norm/gamma': [[2], [0.122, -0.212]],
    'norm/beta': [[2], [-0.052, 0.379]],
    'norm/moving_mean': [[2], [0.318, 0.275]],
    'norm/moving_variance': [[2], [0.414, 0.494]],
    'side/kernel': [
      [1, 1, 2, 2],
      [0.141, -0.351, 0.044, -0.183],
    ],
    'side/bias': [[2], [0.304, -0.349]],
    'answer/kernel': [
      [18, 2],
      [
        0.143, 0.296, -0.218, 0.316, 0.298, -0.385, 0.166, -0.399, 0.003, -0.051, -0.237, -0.14, 0.245, -0.147, -0.281,
        0.159, -0.041, 0.239, -0.212, -0.144, 0.24, 0.006, 0.005, -0.211, -0.388, 0.347, -0.331, 0.276, -0.106, 0.361,
        -0.08, 0.349, 0.045, -0.208, 0.193, 0.14,
      ],
    ],
    'answer/bias': [[2], [0.147, -0.029]],
  },
  inputs: [
    -0.61, -0.07, 1.35, -0.4, 0.19, -0.02, 0.61, -0.36, -0.15, 0.24, 0.1, -0.86, 0.9, -1.3, -1.2, -1.28, 0.97, -0.36,
  ],
  predictions: [0.54118508, 0.45881495, 0.54367989, 0.45632011],
}
