/** tfjs as its documentation has it: nothing of ours is registered. */
import '@tensorflow/tfjs-backend-cpu'
import '@tensorflow/tfjs-backend-webgl'
import '@tensorflow/tfjs-backend-webgpu'
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm'
import plainUrl from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm.wasm?url'
import simdUrl from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-simd.wasm?url'
import * as tf from '@tensorflow/tfjs-core'
import type { LayersModel } from '@tensorflow/tfjs-layers'
import type { BackendName, OptimizerSettings } from '../../../shared/protocol/participant.ts'

interface Trainable {
  makeTrainFunction(): (tensors: tf.Tensor[]) => tf.Scalar[]
}

export async function activateStock(backend: BackendName): Promise<void> {
  tf.env().set('WASM_HAS_MULTITHREAD_SUPPORT', false)
  setWasmPaths({
    'tfjs-backend-wasm.wasm': plainUrl,
    'tfjs-backend-wasm-simd.wasm': simdUrl,
    'tfjs-backend-wasm-threaded-simd.wasm': simdUrl,
  })
  await tf.setBackend(backend)
  await tf.ready()
}

/**
 * What `model.fit` runs for each batch (LayersModel.makeTrainFunction), without its callbacks and without reading the loss
 * at every step: the fastest that stock tfjs can be used. Takes [xs, one-hot targets], answers [loss, accuracy].
 */
export function stockTrainer(model: LayersModel, optimizer: tf.Optimizer): (tensors: tf.Tensor[]) => tf.Scalar[] {
  model.compile({ optimizer, loss: 'categoricalCrossentropy', metrics: ['accuracy'] })
  // A Sequential compiles and trains a model within it.
  const inner = (model as unknown as { model?: LayersModel }).model ?? model
  return (inner as unknown as Trainable).makeTrainFunction()
}

/** tfjs' own optimizer of these settings. */
export function stockOptimizer({
  name,
  learningRate,
  momentum,
  beta1,
  beta2,
  rho,
  epsilon,
}: OptimizerSettings): tf.Optimizer {
  if (name === 'sgd') return tf.train.sgd(learningRate)
  if (name === 'momentum' || name === 'nesterov') return tf.train.momentum(learningRate, momentum, name === 'nesterov')
  if (name === 'adam') return tf.train.adam(learningRate, beta1, beta2, epsilon)
  if (name === 'adagrad') return tf.train.adagrad(learningRate)
  if (name === 'rmsprop') return tf.train.rmsprop(learningRate, rho, momentum, epsilon)
  throw new Error(`tfjs has no optimizer ${name}.`)
}
