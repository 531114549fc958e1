import * as tf from '@tensorflow/tfjs-core'
import type { LayersModel } from '@tensorflow/tfjs-layers'
import { type Layer, layersIn, replaceCall, soleInput } from '../../../shared/models/layers/layers-in.ts'
import { MultiHeadAttention } from '../../../shared/models/layers/multi-head-attention.ts'
import { deriveSeed } from '../../../shared/random/random.ts'
import { dropoutMask, normalDraws } from './kernel.ts'
import type { KeySource } from './key-source.ts'

/** What a layer that draws computes in training: draws are of a shape, and others each time. */
type Drawing = (input: tf.Tensor, draws: Draws) => tf.Tensor

interface Draws {
  mask(shape: readonly number[], rate: number): tf.Tensor
  normal(shape: readonly number[]): tf.Tensor
}

interface RandomLayer extends Layer {
  readonly rate: number
  readonly stddev: number
  readonly noiseShape: number[] | null | undefined
  getNoiseShape(input: tf.Tensor): number[] | null | undefined
}

/** SELU's negative saturation, −λα (Klambauer et al. 2017, section 2). */
const SATURATION = -1.0507009873554805 * 1.6732632423543772

const DRAWING: { readonly [kind: string]: (layer: RandomLayer) => Drawing | null } = {
  Dropout: dropped,
  SpatialDropout1D: dropped,
  GaussianNoise:
    ({ stddev }) =>
    (input, draws) =>
      tf.add(input, tf.mul(draws.normal(input.shape), stddev)),
  // Srivastava et al. 2014, section 10.
  GaussianDropout: ({ rate }) =>
    drops(rate)
      ? (input, draws) => tf.mul(input, tf.add(tf.mul(draws.normal(input.shape), Math.sqrt(rate / (1 - rate))), 1))
      : null,
  // Klambauer et al. 2017, section 3.
  AlphaDropout: ({ rate, noiseShape }) => {
    if (!drops(rate)) return null
    const a = ((1 - rate) * (1 + rate * SATURATION ** 2)) ** -0.5
    return (input, draws) => {
      const kept = tf.mul(draws.mask(noiseShape ?? input.shape, rate), 1 - rate)
      const saturated = tf.mul(tf.sub(1, kept), SATURATION)
      return tf.add(tf.mul(tf.add(tf.mul(input, kept), saturated), a), -a * SATURATION * rate)
    }
  },
}

function dropped(layer: RandomLayer): Drawing | null {
  const { rate } = layer
  if (!drops(rate)) return null
  return (input, draws) => tf.mul(input, draws.mask(layer.getNoiseShape(input) ?? input.shape, rate))
}

const drops = (rate: number): boolean => rate > 0 && rate < 1

/** A cell of a recurrent layer: it keeps a sequence's masks. */
interface Cell extends Layer {
  dropoutFunc?: (ones: tf.Tensor, rate: number) => tf.Tensor
  dropoutMask: tf.Tensor | tf.Tensor[] | null
  recurrentDropoutMask: tf.Tensor | tf.Tensor[] | null
}

const CELLS = ['SimpleRNNCell', 'GRUCell', 'LSTMCell', 'ConvLSTM2DCell']

/**
 * The model's random layers draw what the source's key says, on the device. tfjs-layers draws in JavaScript, otherwise each
 * time; on evaluation, and while there is no key, the layers do what they did.
 */
export function seedDraws(model: LayersModel, source: KeySource): void {
  for (const { layer } of layersIn(model)) {
    const salt = deriveSeed(0, 'dropout-layer', layer.name)
    const kind = layer.getClassName()
    const drawing = DRAWING[kind]?.(layer as RandomLayer)
    if (drawing) seedLayer(layer, drawing, source, salt)
    if (layer instanceof MultiHeadAttention) seedAttention(layer, source, salt)
    if (CELLS.includes(kind)) seedCell(layer as Cell, source, salt)
  }
}

function seedLayer(layer: Layer, drawing: Drawing, source: KeySource, salt: number): void {
  replaceCall(layer, (original) => (inputs, kwargs) => {
    const { key } = source
    if (!key || kwargs.training !== true) return original(inputs, kwargs)
    const draws: Draws = {
      mask: (shape, rate) => dropoutMask(key, { shape, rate, salt: source.next(salt) }),
      normal: (shape) => normalDraws(key, { shape, salt: source.next(salt) }),
    }
    return tf.tidy(() => drawing(soleInput(inputs), draws))
  })
}

function seedAttention(layer: MultiHeadAttention, source: KeySource, salt: number): void {
  const original = MultiHeadAttention.prototype.drop
  layer.drop = (weights) => {
    const { key } = source
    const { rate } = layer
    if (!key || rate <= 0) return original.call(layer, weights)
    return tf.mul(weights, dropoutMask(key, { shape: weights.shape, rate, salt: source.next(salt) }))
  }
}

function seedCell(cell: Cell, source: KeySource, salt: number): void {
  cell.dropoutFunc = (ones, rate) => {
    const { key } = source
    return key ? dropoutMask(key, { shape: ones.shape, rate, salt: source.next(salt) }) : tf.dropout(ones, rate)
  }
  // It would keep them until the next sequence.
  source.onEnd(() => {
    for (const kept of ['dropoutMask', 'recurrentDropoutMask'] as const) {
      if (cell[kept]) tf.dispose(cell[kept])
      cell[kept] = null
    }
  })
}
