/** What cannot train, said before anybody tries: TensorFlow.js finds out in the middle of a step, or not at all. */
import type { LayersModel } from '@tensorflow/tfjs-layers'
import { TributaryError } from '../errors/error.ts'
import { type Layer, layersWithin, partsOf } from './layers/layers-in.ts'

/** Why not, and what to do instead; null where nothing is wrong. */
type Rule = (config: Readonly<Record<string, unknown>>, layer: Layer) => string | null

const NO_GRADIENT = 'TensorFlow.js has no gradient for it.'

/** Wrong in any model. tfjs 4.22. */
const NOWHERE: Readonly<Record<string, Rule>> = {
  DepthwiseConv2D: (config) =>
    isDilated(config) ? 'TensorFlow.js leaves its dilation_rate out. Use 1, or a Conv2D.' : null,
  BatchNormalization: ({ axis }, layer) => {
    // Keras writes it as a list of one. Within a wrapper nothing is known of its input.
    const [along, ...others] = [axis].flat()
    const rank = [layer.inboundNodes[0]?.inputShapes[0] ?? []].flat().length
    return others.length === 0 && (along === -1 || rank === 0 || along === rank - 1)
      ? null
      : 'TensorFlow.js computes it wrongly on WebAssembly along any axis but the last. Put the channels last, and leave axis at -1.'
  },
  MaxPooling3D: () => 'TensorFlow.js computes it wrongly on WebAssembly. Use AveragePooling3D.',
  Conv1D: ({ padding }) =>
    padding === 'causal' ? 'TensorFlow.js has no causal padding. Pad before, with padding valid.' : null,
  Resizing: () => 'TensorFlow.js fails in it. Resize the pictures before.',
}

/** Wrong where a gradient must go through it, or to its own weights. */
const IN_TRAINING: Readonly<Record<string, Rule>> = {
  Conv1D: dilated,
  Conv2D: dilated,
  Conv3D: dilated,
  SeparableConv2D: dilated,
  ConvLSTM2D: dilated,
  AveragePooling3D: ({ padding }) =>
    padding === 'same' ? 'Its gradient in TensorFlow.js is wrong at the borders. Use padding valid.' : null,
  Conv3DTranspose: () => `${NO_GRADIENT} Use UpSampling and convolutions.`,
  ThresholdedReLU: () => `${NO_GRADIENT} Use ReLU or LeakyReLU.`,
  Masking: () => `${NO_GRADIENT} Put it at the model’s input.`,
  CenterCrop: () => `${NO_GRADIENT} Put it at the model’s input, or use Cropping2D.`,
  CategoryEncoding: () => `${NO_GRADIENT} Put it at the model’s input.`,
}

/** Throws 'job/untrainable', naming each layer that cannot train and why. */
export function checkTrainable(model: LayersModel): void {
  const reasons = traced(model, false, false).flatMap(({ layer, needsGradient }) => {
    const kind = layer.getClassName()
    const config = layer.getConfig()
    const why = NOWHERE[kind]?.(config, layer) ?? (needsGradient ? IN_TRAINING[kind]?.(config, layer) : null)
    return why ? [`The layer ${layer.name} (${kind}) cannot be trained: ${why}`] : []
  })
  if (reasons.length > 0) throw new TributaryError('job/untrainable', reasons.join(' '))
}

interface Traced {
  readonly layer: Layer
  /** Whether a weight that is trained is its own or comes before it. */
  readonly needsGradient: boolean
}

/** The layers of a model and of those within it. `reached`: a trained weight comes before it; `within`: it is in a frozen one. */
function traced({ layers }: { readonly layers: readonly Layer[] }, reached: boolean, within: boolean): Traced[] {
  const after = new Map<Layer, boolean>()
  return layers.flatMap((layer) => {
    const sources = layer.inboundNodes.flatMap(({ inboundLayers }) => inboundLayers)
    const before = sources.length === 0 ? reached : sources.some((source) => after.get(source) ?? reached)
    const frozen = within || !layer.trainable
    const needsGradient = before || (!frozen && layer.trainableWeights.length > 0)
    after.set(layer, needsGradient)
    const inner = layersWithin(layer)
    if (inner) return traced({ layers: inner }, before, frozen)
    return partsOf(layer).map((part) => ({ layer: part, needsGradient }))
  })
}

function isDilated({ dilationRate = 1 }: { readonly dilationRate?: unknown }): boolean {
  return [dilationRate].flat().some((rate) => rate !== 1)
}

function dilated(config: Readonly<Record<string, unknown>>): string | null {
  return isDilated(config) ? `${NO_GRADIENT} Use a dilation_rate of 1, with a larger kernel or strides.` : null
}
