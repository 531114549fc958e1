/** Models by name, made for the data of a job. */
import { dense, mlp, sequential, type Topology } from '../models.ts'
import { conv, layer, pool, separable } from './layers.ts'

/** What a job's examples look like. */
export interface ExampleShape {
  readonly width: number
  readonly height: number
  readonly channels: number
  readonly classes: number
}

type Preset = (shape: ExampleShape) => Topology

const size = ({ width, height, channels }: ExampleShape) => width * height * channels
const image = ({ width, height, channels }: ExampleShape) => [height, width, channels]
const flatten = layer('Flatten', 'flatten')

export const PRESETS = {
  /** One weight for each value and class. */
  'logistic-regression': (shape) => mlp(size(shape), [], shape.classes),

  /** A hidden layer of 32: for digits of 28 × 28, 25,450 parameters. */
  'mlp-32': (shape) => mlp(size(shape), [32], shape.classes),

  /** A hidden layer of 128. */
  mlp: (shape) => mlp(size(shape), [128], shape.classes),

  /** The 2NN of McMahan et al. 2017, section 3: for digits of 28 × 28, 199,210 parameters. */
  '2nn': (shape) => mlp(size(shape), [200, 200], shape.classes),

  /** LeNet-5 (LeCun et al. 1998, section II.B), with ReLU and the largest of each 2 × 2. */
  lenet: (shape) =>
    sequential('lenet', image(shape), [
      conv('conv_1', 6, 5),
      pool('pool_1'),
      conv('conv_2', 16, 5, { padding: 'valid' }),
      pool('pool_2'),
      flatten,
      dense('dense_1', 120, 'relu'),
      dense('dense_2', 84, 'relu'),
      dense('classes', shape.classes, 'softmax'),
    ]),

  /** The CNN of McMahan et al. 2017, section 3: for digits of 28 × 28, 1,663,370 parameters. */
  'cnn-mcmahan': (shape) =>
    sequential('cnn_mcmahan', image(shape), [
      conv('conv_1', 32, 5),
      pool('pool_1'),
      conv('conv_2', 64, 5),
      pool('pool_2'),
      flatten,
      dense('dense', 512, 'relu'),
      dense('classes', shape.classes, 'softmax'),
    ]),

  /** Six convolutions and three dense layers, the size of the network in NVIDIA FLARE's CIFAR-10 examples. */
  'moderate-cnn': (shape) =>
    sequential('moderate_cnn', image(shape), [
      conv('conv_1', 32, 3),
      conv('conv_2', 64, 3),
      pool('pool_1'),
      conv('conv_3', 128, 3),
      conv('conv_4', 128, 3),
      pool('pool_2'),
      layer('Dropout', 'dropout_1', { rate: 0.05 }),
      conv('conv_5', 256, 3),
      conv('conv_6', 256, 3),
      pool('pool_3'),
      flatten,
      layer('Dropout', 'dropout_2', { rate: 0.1 }),
      dense('dense_1', 1024, 'relu'),
      dense('dense_2', 512, 'relu'),
      layer('Dropout', 'dropout_3', { rate: 0.1 }),
      dense('classes', shape.classes, 'softmax'),
    ]),

  /** Depthwise separable convolutions with batch normalisation (Howard et al. 2017), small: for 32 × 32 × 3, 20,026 parameters. */
  'mobilenet-small': (shape) =>
    sequential('mobilenet_small', image(shape), [
      conv('stem', 16, 3, { strides: [2, 2] }),
      ...separable('block_1', 32, 1),
      ...separable('block_2', 64, 2),
      ...separable('block_3', 64, 1),
      ...separable('block_4', 128, 2),
      layer('GlobalAveragePooling2D', 'mean'),
      dense('classes', shape.classes, 'softmax'),
    ]),
} as const satisfies Readonly<Record<string, Preset>>

export type PresetName = keyof typeof PRESETS

export const PRESET_NAMES = Object.keys(PRESETS) as [PresetName, ...PresetName[]]
