import '@tensorflow/tfjs-backend-cpu'
import * as tf from '@tensorflow/tfjs-core'
import { input, layers, model, type SymbolicTensor, sequential } from '@tensorflow/tfjs-layers'
import { beforeAll, describe, expect, it } from 'vitest'
import { checkTrainable } from './trainable.ts'
import './chained-ops.ts'

beforeAll(async () => {
  expect(await tf.setBackend('cpu')).toBe(true)
})

import type { Layer } from './layers/layers-in.ts'

/** The layer between two that are trained. */
function between(shape: number[], layer: Layer) {
  const x = input({ shape })
  const y = layer.apply(layers.dense({ units: shape.at(-1) as number }).apply(x)) as SymbolicTensor
  const flat = y.shape.length > 2 ? (layers.flatten().apply(y) as SymbolicTensor) : y
  return model({ inputs: x, outputs: layers.dense({ units: 2 }).apply(flat) as SymbolicTensor })
}

const [SEQUENCE, IMAGE, VOLUME, VECTOR] = [[6, 4], [6, 6, 2], [4, 4, 4, 2], [5]]
const RATE = { dilationRate: 2 }

const REFUSED: [name: string, shape: number[], make: () => Layer, why: RegExp][] = [
  ['Conv1D', SEQUENCE, () => layers.conv1d({ filters: 2, kernelSize: 2, ...RATE }), /dilation_rate of 1/],
  ['Conv2D', IMAGE, () => layers.conv2d({ filters: 2, kernelSize: 2, ...RATE }), /dilation_rate of 1/],
  ['Conv3D', VOLUME, () => layers.conv3d({ filters: 2, kernelSize: 2, dilationRate: [2, 2, 2] as never }), /dilation/],
  [
    'SeparableConv2D',
    IMAGE,
    () => layers.separableConv2d({ filters: 2, kernelSize: 2, ...RATE }),
    /dilation_rate of 1/,
  ],
  ['DepthwiseConv2D', IMAGE, () => layers.depthwiseConv2d({ kernelSize: 2, ...RATE } as never), /leaves its dilation/],
  ['Conv3DTranspose', VOLUME, () => layers.conv3dTranspose({ filters: 2, kernelSize: 2 }), /no gradient/],
  ['ThresholdedReLU', VECTOR, () => layers.thresholdedReLU({ theta: 0.1 }), /Use ReLU/],
  ['Masking', SEQUENCE, () => layers.masking(), /at the model’s input/],
  ['MaxPooling3D', VOLUME, () => layers.maxPooling3d({ poolSize: 2 } as never), /AveragePooling3D/],
  [
    'AveragePooling3D',
    VOLUME,
    () => layers.averagePooling3d({ poolSize: 2, padding: 'same' } as never),
    /padding valid/,
  ],
  ['Conv1D', SEQUENCE, () => layers.conv1d({ filters: 2, kernelSize: 2, padding: 'causal' }), /causal/],
  ['BatchNormalization', IMAGE, () => layers.batchNormalization({ axis: 1 }), /any axis but the last/],
]

const ACCEPTED: [name: string, shape: number[], make: () => Layer][] = [
  ['a convolution', IMAGE, () => layers.conv2d({ filters: 2, kernelSize: 2, strides: 2 })],
  ['batch normalisation', IMAGE, () => layers.batchNormalization({ axis: 3, scale: false })],
  ['batch normalisation as Keras writes it', IMAGE, () => layers.batchNormalization({ axis: [3] as never })],
  ['a GRU', SEQUENCE, () => layers.gru({ units: 2 })],
  ['average pooling in space', VOLUME, () => layers.averagePooling3d({ poolSize: 2 } as never)],
]

describe('a model with a layer that cannot train', () => {
  it.each(REFUSED)('is refused: %s', (kind, shape, make, why) => {
    const layer = make()
    const made = between(shape, layer)
    expect(() => checkTrainable(made)).toThrow(
      expect.objectContaining({ code: 'job/untrainable', message: expect.stringMatching(why) }),
    )
    expect(() => checkTrainable(made)).toThrow(`The layer ${layer.name} (${kind}) cannot be trained`)
    made.dispose()
  })

  it('is refused for what a wrapper wraps', () => {
    const wrapped = layers.timeDistributed({ layer: layers.thresholdedReLU({ theta: 0.5 }) })
    const made = between(SEQUENCE, wrapped)
    expect(() => checkTrainable(made)).toThrow(/ThresholdedReLU/)
    made.dispose()
  })

  it('is refused for all of them at once', () => {
    const made = sequential({
      layers: [
        layers.dense({ units: 4, inputShape: [4] }),
        layers.thresholdedReLU({ name: 'one' }),
        layers.thresholdedReLU({ name: 'other' }),
        layers.dense({ units: 2 }),
      ],
    })
    expect(() => checkTrainable(made)).toThrow(/layer one .*layer other /)
    made.dispose()
  })
})

describe('a model that can train', () => {
  it.each(ACCEPTED)('is accepted: %s', (_, shape, make) => {
    const made = between(shape, make())
    expect(() => checkTrainable(made)).not.toThrow()
    made.dispose()
  })

  it('may have what has no gradient where none is needed: before all that is trained', () => {
    const dilated = () => layers.conv2d({ filters: 2, kernelSize: 2, ...RATE, inputShape: IMAGE, trainable: false })
    const frozen = sequential({ layers: [dilated(), layers.flatten(), layers.dense({ units: 2 })] })
    expect(() => checkTrainable(frozen)).not.toThrow()
    frozen.dispose()
    const masked = sequential({ layers: [layers.masking({ inputShape: SEQUENCE }), layers.gru({ units: 2 })] })
    expect(() => checkTrainable(masked)).not.toThrow()
    masked.dispose()
  })

  it('may have it in a model within it that is frozen, unless something before that trains', () => {
    const inner = () => {
      const made = sequential({ layers: [layers.conv2d({ filters: 2, kernelSize: 2, ...RATE, inputShape: IMAGE })] })
      made.trainable = false
      return made
    }
    const first = sequential({ layers: [inner() as never, layers.flatten(), layers.dense({ units: 2 })] })
    expect(() => checkTrainable(first)).not.toThrow()
    const later = sequential({
      layers: [
        layers.dense({ units: 2, inputShape: IMAGE }),
        inner() as never,
        layers.flatten(),
        layers.dense({ units: 2 }),
      ],
    })
    expect(() => checkTrainable(later)).toThrow(/dilation_rate/)
    first.dispose()
    later.dispose()
  })
})
