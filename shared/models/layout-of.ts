import * as tf from '@tensorflow/tfjs-core'
import type { LayersModel } from '@tensorflow/tfjs-layers'
import { TributaryError } from '../errors/error.ts'
import { FlatParams } from '../tensors/flat.ts'
import { elements, type Layout, type TensorRole, type TensorSpec } from '../tensors/layout.ts'
import { type Layer, layersWithin, partsOf } from './layers/layers-in.ts'

export type LayerVariable = Layer['weights'][number]

/** One of a model's weights with its place in the layout. */
export interface ModelTensor {
  readonly spec: TensorSpec
  readonly variable: LayerVariable
}

/** The model's weights in layer order. Throws 'job/untrainable' where names collide or there is nothing to train. */
export function modelTensors(model: LayersModel): ModelTensor[] {
  const tensors = model.layers.flatMap((layer) => layerTensors(layer))
  const names = new Set<string>()
  for (const { spec } of tensors) {
    if (names.has(spec.name)) {
      throw new TributaryError(
        'job/untrainable',
        `Two weights of the model are named ${spec.name}. Give each layer a name of its own.`,
      )
    }
    names.add(spec.name)
  }
  if (!tensors.some((t) => t.spec.role === 'trained')) {
    throw new TributaryError('job/untrainable', 'No weight of the model is trainable. Unfreeze at least one layer.')
  }
  return tensors
}

export function layoutOf(tensors: readonly ModelTensor[]): Layout {
  return tensors.map((t) => t.spec)
}

function layerTensors(layer: Layer): ModelTensor[] {
  const inner = layersWithin(layer)
  if (inner && layer.trainable) return inner.flatMap((l) => layerTensors(l))
  return layer.weights.map((variable) => ({ variable, spec: specOf(variable, roleOf(layer, variable)) }))
}

/** A wrapper may be trainable, as a Bidirectional always is, and what it wraps not. */
function roleOf(layer: Layer, variable: LayerVariable): TensorRole {
  const holders = partsOf(layer).filter((part) => part === layer || part.weights.includes(variable))
  if (holders.some((part) => !part.trainable)) return 'frozen'
  return layer.trainableWeights.includes(variable) ? 'trained' : 'statistic'
}

function specOf(variable: LayerVariable, role: TensorRole): TensorSpec {
  const shape = variable.shape.map((d) => d ?? 0)
  if (variable.dtype !== 'float32') {
    throw new TributaryError(
      'job/untrainable',
      `The weight ${variable.originalName} is ${variable.dtype}; only float32 weights can be federated.`,
    )
  }
  return { name: variable.originalName, shape, dtype: 'float32', role }
}

/** Copies the flat vector (or the frozen one) into the model's weights. */
export function writeWeights(tensors: readonly ModelTensor[], flat: FlatParams): void {
  let at = 0
  for (const { spec, variable } of tensors) {
    const size = elements(spec.shape)
    const value = tf.tensor(flat.read(at, size), [...spec.shape], 'float32')
    variable.write(value)
    value.dispose()
    at += size
  }
}

/** The weights' values, one after the other. */
export async function readWeights(tensors: readonly ModelTensor[]): Promise<FlatParams> {
  const values = await Promise.all(tensors.map((t) => t.variable.read().data() as Promise<Float32Array>))
  return FlatParams.concat(values)
}

export const flatOnes = (tensors: readonly ModelTensor[]) => tensors.filter((t) => t.spec.role !== 'frozen')
export const frozenOnes = (tensors: readonly ModelTensor[]) => tensors.filter((t) => t.spec.role === 'frozen')
