import '@tensorflow/tfjs-backend-cpu'
import * as tf from '@tensorflow/tfjs-core'
import { beforeAll, describe, expect, it } from 'vitest'
import { buildModel } from '../../models/build.ts'
import { inputShape, outputWidth } from '../../models/examples.ts'
import { checkTrainable } from '../../models/trainable.ts'
import { type ExampleShape, PRESET_NAMES, PRESETS } from './presets.ts'

const picture = (height: number, width: number, channels: number, outputs = 10): ExampleShape => ({
  shape: [height, width, channels],
  tokens: null,
  outputs,
  activation: 'softmax',
})
const DIGITS = picture(28, 28, 1)
const PICTURES = picture(32, 32, 3)
const ROW: ExampleShape = { shape: [7], tokens: null, outputs: 1, activation: 'linear' }
const TEXT: ExampleShape = { shape: [12], tokens: 40, outputs: 1, activation: 'sigmoid' }

const SHAPES = {
  images: [DIGITS, PICTURES, picture(20, 17, 2, 3)],
  table: [ROW, { ...ROW, outputs: 4, activation: 'softmax' }],
  text: [TEXT, { ...TEXT, outputs: 40, activation: 'softmax' }],
} as const

beforeAll(async () => {
  expect(await tf.setBackend('cpu')).toBe(true)
})

describe('a model by name', () => {
  it.each(
    PRESET_NAMES.flatMap((name) =>
      PRESETS[name].takes.flatMap((kind) => SHAPES[kind].map((example) => [name, example] as const)),
    ),
  )('%s takes examples of the job, answers what it asks and can be trained: %o', async (name, example) => {
    const model = await buildModel(PRESETS[name].make(example))
    inputShape(model, example.shape)
    expect(outputWidth(model, { outputs: example.outputs })).toBe(example.outputs)
    checkTrainable(model)
    model.dispose()
  })

  it.each([
    ['logistic-regression', DIGITS, 7_850],
    ['mlp-32', DIGITS, 25_450],
    ['mlp', DIGITS, 101_770],
    ['2nn', DIGITS, 199_210],
    ['lenet', DIGITS, 61_706],
    ['cnn-mcmahan', DIGITS, 1_663_370],
    ['moderate-cnn', PICTURES, 5_851_338],
    ['mobilenet-small', PICTURES, 20_026],
    ['tabular-mlp', ROW, 2_625],
    ['gru-text', TEXT, 56_449],
  ] as const)('%s has as many parameters as it should', async (name, shape, parameters) => {
    const model = await buildModel(PRESETS[name].make(shape))
    expect(model.countParams()).toBe(parameters)
    model.dispose()
  })
})
