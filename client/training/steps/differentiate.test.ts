import '@tensorflow/tfjs-backend-cpu'
import * as tf from '@tensorflow/tfjs-core'
import { expect, it } from 'vitest'
import { sequential } from '../../../shared/jobs/models.ts'
import { buildSeededModel } from '../../../shared/models/build.ts'
import { taskNamed } from '../../../shared/protocol/testing.ts'
import { differentiator, keyOf } from './differentiate.ts'

/** Products of matrices on the way back through three dense layers, of which the first two may be frozen. */
async function products(trainable: boolean): Promise<number> {
  expect(await tf.setBackend('cpu')).toBe(true)
  const dense = (name: string, config: object) => ({ class_name: 'Dense', config: { name, ...config } })
  const hidden = (name: string) => dense(name, { units: 5, activation: 'tanh', trainable })
  const head = dense('c', { units: 3, activation: 'softmax' })
  const model = await buildSeededModel(sequential('frozen', [4], [hidden('a'), hidden('b'), head]), 1)
  const differentiate = differentiator(model, taskNamed('a').settings)
  const xs = tf.randomUniform([6, 4], -1, 1, 'float32', 1)
  const targets = tf.oneHot([0, 1, 2, 0, 1, 2], 3, 1, 0, 'float32') as tf.Tensor2D
  const { kernels } = await tf.profile(() =>
    tf.tidy(() => {
      differentiate({ xs, targets }, tf.tensor1d(keyOf(1, 0)))
    }),
  )
  model.dispose()
  tf.dispose([xs, targets])
  return kernels.filter(({ name }) => name === 'BatchMatMul').length
}

it('frozen layers cost nothing on the way back', async () => {
  // Two for each: by its kernel, and by what goes into it.
  expect(await products(true)).toBe(6)
  // The last one's, which TensorFlow.js takes together.
  expect(await products(false)).toBe(2)
})
