/** Layers whose settings TensorFlow.js reads under another name, means otherwise, or leaves out without a word. */
import { TributaryError } from '../../errors/error.ts'
import { isJson, type Json } from './json.ts'

/** By kind: a setting that must have this value, or not be there, since TensorFlow.js computes as if it had; and what to do. */
const LEFT_OUT: Readonly<Record<string, Readonly<Record<string, readonly [value: unknown, instead: string]>>>> = {
  Conv1D: { groups: [1, 'Use convolutions without groups.'] },
  Conv2D: { groups: [1, 'Use convolutions without groups, or DepthwiseConv2D.'] },
  Conv3D: { groups: [1, 'Use convolutions without groups.'] },
  ReLU: { negative_slope: [0, 'Use LeakyReLU.'], threshold: [0, 'Leave the threshold at 0.'] },
  GlobalAveragePooling2D: { keepdims: [false, 'Put a Reshape behind it.'] },
  GlobalMaxPooling2D: { keepdims: [false, 'Put a Reshape behind it.'] },
  GlobalAveragePooling1D: { keepdims: [false, 'Put a Reshape behind it.'] },
  GlobalMaxPooling1D: { keepdims: [false, 'Put a Reshape behind it.'] },
  LayerNormalization: { rms_scaling: [false, 'Leave rms_scaling away.'] },
  BatchNormalization: { renorm: [false, 'Leave renorm away.'] },
}

/** A layer as TensorFlow.js reads it. `keras3`: it is of a model that Keras 3 wrote. Throws 'job/invalid'. */
export function mendLayer(layer: Json, keras3: boolean): Json {
  const { class_name: kind, config } = layer
  if (typeof kind !== 'string' || !isJson(config)) return layer
  const named = `the layer ${String(config.name)} (${kind})`
  for (const [setting, [value, instead]] of Object.entries(LEFT_OUT[kind] ?? {})) {
    const has = config[setting] ?? value
    if (has !== value)
      throw refused(`${named} has ${setting} ${String(has)}, which TensorFlow.js leaves out. ${instead}`)
  }
  if (kind === 'LeakyReLU' && config.negative_slope !== undefined) {
    const { negative_slope: alpha, ...others } = config
    return { ...layer, config: { alpha, ...others } }
  }
  if (!keras3) return layer
  // Keras 3 has changed it; TensorFlow.js computes as Keras 2 did.
  for (const setting of ['activation', 'recurrent_activation']) {
    if (config[setting] === 'hard_sigmoid') {
      throw refused(
        `${named} has the ${setting} hard_sigmoid, which is another function in Keras 3 than in TensorFlow.js. Use sigmoid.`,
      )
    }
  }
  return kind === 'Bidirectional' ? { ...layer, config: withoutDirection(config) } : layer
}

/** Keras 3 writes the layer that runs forward, under its name; TensorFlow.js wants that of which both are made. */
function withoutDirection(config: Json): Json {
  const { layer } = config
  if (!isJson(layer) || !isJson(layer.config)) return config
  const name = String(layer.config.name).replace(/^forward_/, '')
  return { ...config, layer: { ...layer, config: { ...layer.config, name } } }
}

function refused(what: string): TributaryError {
  return new TributaryError('job/invalid', `The topology cannot be computed as it is meant: ${what}`)
}
