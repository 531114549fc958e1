import * as tf from '@tensorflow/tfjs-core'
import type { LayersModel } from '@tensorflow/tfjs-layers'
import { deriveSeed } from '../../../shared/random/random.ts'
import { dropoutMask } from './kernel.ts'

type Layer = LayersModel['layers'][number]

/** What tfjs-layers' Dropout has, and SpatialDropout1D, which is one. */
interface DropoutLayer extends Layer {
  readonly rate: number
  getNoiseShape(input: tf.Tensor): number[] | null | undefined
}

/** The present step's key, a tensor of two halves. */
export interface KeySource {
  key: tf.Tensor | null
}

/**
 * The model's dropout layers keep what the source's key says, on the device. tfjs-layers draws in JavaScript, another mask each
 * time; on evaluation, and while there is no key, the layers do what they did.
 */
export function seedDropout(model: LayersModel, source: KeySource): void {
  for (const layer of layersIn(model)) {
    if (!['Dropout', 'SpatialDropout1D'].includes(layer.getClassName())) continue
    const dropout = layer as DropoutLayer
    const original = Object.getPrototypeOf(dropout).call as Layer['call']
    const salt = deriveSeed(0, 'dropout-layer', dropout.name)
    dropout.call = (inputs, kwargs) => {
      const { key } = source
      const { rate } = dropout
      if (!key || kwargs.training !== true || rate <= 0 || rate >= 1) return original.call(dropout, inputs, kwargs)
      const input = (Array.isArray(inputs) ? inputs[0] : inputs) as tf.Tensor
      const shape = dropout.getNoiseShape(input) ?? input.shape
      return tf.tidy(() => tf.mul(input, dropoutMask(key, { shape, rate, salt })))
    }
  }
}

function layersIn(container: { readonly layers: readonly Layer[] }): Layer[] {
  return container.layers.flatMap((layer) => {
    const inner = (layer as { layers?: readonly Layer[] }).layers
    return Array.isArray(inner) ? layersIn({ layers: inner }) : [layer]
  })
}
