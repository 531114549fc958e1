import * as tf from '@tensorflow/tfjs-core'
import type { LayersModel, LayerVariable } from '@tensorflow/tfjs-layers'
import { type Layer, layersIn, replaceCall } from '../../../shared/models/layers/layers-in.ts'

/** What tfjs-layers' BatchNormalization has. */
interface BatchNorm extends Layer {
  readonly scale: boolean
  readonly center: boolean
  readonly movingMean: LayerVariable
  gamma?: Pick<LayerVariable, 'read'>
  beta?: Pick<LayerVariable, 'read'>
}

/**
 * Makes the model's batch normalisations what Keras' are. Those without a scale or a centre train, with 1 and 0 in their place,
 * where tfjs-layers fails; frozen ones go by their moments and leave them as they are, where tfjs-layers goes by the batch's and
 * moves them.
 */
export function completeBatchNorm(model: LayersModel): void {
  for (const { layer, frozen } of layersIn(model)) {
    if (layer.getClassName() !== 'BatchNormalization') continue
    const own = layer as BatchNorm
    const shape = own.movingMean.shape as number[]
    if (!own.scale) own.gamma = { read: () => tf.ones(shape) as tf.Variable }
    if (!own.center) own.beta = { read: () => tf.zeros(shape) as tf.Variable }
    if (frozen) replaceCall(own, (original) => (inputs, kwargs) => original(inputs, { ...kwargs, training: false }))
  }
}
