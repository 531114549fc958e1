import '@tensorflow/tfjs-backend-cpu'
import * as tf from '@tensorflow/tfjs-core'
import { beforeAll, describe, expect, it } from 'vitest'
import { checkOutputs, inputShape } from '../../models/batches.ts'
import { buildModel } from '../../models/build.ts'
import { checkTrainable } from '../../models/trainable.ts'
import { PRESET_NAMES, PRESETS } from './presets.ts'

const DIGITS = { width: 28, height: 28, channels: 1, classes: 10 }
const PICTURES = { width: 32, height: 32, channels: 3, classes: 10 }

beforeAll(async () => {
  expect(await tf.setBackend('cpu')).toBe(true)
})

describe('a model by name', () => {
  it.each(
    PRESET_NAMES.flatMap((name) =>
      [DIGITS, PICTURES, { width: 17, height: 20, channels: 2, classes: 3 }].map((shape) => [name, shape] as const),
    ),
  )('%s takes examples of the job, answers its classes and can be trained: %o', async (name, shape) => {
    const model = await buildModel(PRESETS[name](shape))
    expect(inputShape(model, shape.width * shape.height * shape.channels).reduce((n, d) => n * d, 1)).toBe(
      shape.width * shape.height * shape.channels,
    )
    checkOutputs(model, shape.classes)
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
  ] as const)('%s has as many parameters as it should', async (name, shape, parameters) => {
    const model = await buildModel(PRESETS[name](shape))
    expect(model.countParams()).toBe(parameters)
    model.dispose()
  })
})
