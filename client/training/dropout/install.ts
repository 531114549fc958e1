import * as tf from '@tensorflow/tfjs-core'
import type { LayersModel } from '@tensorflow/tfjs-layers'
import { type Layer, layersIn, replaceCall, soleInput } from '../../../shared/models/layers/layers-in.ts'
import { MultiHeadAttention } from '../../../shared/models/layers/multi-head-attention.ts'
import { deriveSeed } from '../../../shared/random/random.ts'
import { dropoutMask } from './kernel.ts'

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
 * The model's dropout layers, and attention's dropout, keep what the source's key says, on the device. tfjs-layers draws in
 * JavaScript, another mask each time; on evaluation, and while there is no key, the layers do what they did.
 */
export function seedDropout(model: LayersModel, source: KeySource): void {
  for (const { layer } of layersIn(model)) {
    const salt = deriveSeed(0, 'dropout-layer', layer.name)
    if (['Dropout', 'SpatialDropout1D'].includes(layer.getClassName())) seedLayer(layer as DropoutLayer, source, salt)
    if (layer instanceof MultiHeadAttention) seedAttention(layer, source, salt)
  }
}

function seedLayer(layer: DropoutLayer, source: KeySource, salt: number): void {
  replaceCall(layer, (original) => (inputs, kwargs) => {
    const { key } = source
    const { rate } = layer
    if (!key || kwargs.training !== true || rate <= 0 || rate >= 1) return original(inputs, kwargs)
    const input = soleInput(inputs)
    const shape = layer.getNoiseShape(input) ?? input.shape
    return tf.tidy(() => tf.mul(input, dropoutMask(key, { shape, rate, salt })))
  })
}

function seedAttention(layer: MultiHeadAttention, source: KeySource, salt: number): void {
  const original = MultiHeadAttention.prototype.drop
  layer.drop = (weights) => {
    const { key } = source
    const { rate } = layer
    if (!key || rate <= 0) return original.call(layer, weights)
    return tf.mul(weights, dropoutMask(key, { shape: weights.shape, rate, salt }))
  }
}
