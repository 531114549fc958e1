/** A tf.LayersModel's weights, by the names that the job's layout has for them. */
import type { LayersModel } from '@tensorflow/tfjs-layers'
import { TributaryError } from '../../shared/errors/error.ts'
import { type ModelTensor, modelTensors, writeWeights } from '../../shared/models/layout-of.ts'
import { FlatParams } from '../../shared/tensors/flat.ts'
import type { ReceivedParams, TensorValues } from './fl-model.ts'

/**
 * Puts received tensors into a model of one's own. Layers may have other names there than in the job, as those do that nobody
 * named: what counts is their order and their shapes. Throws 'update/wrong-layout' where these differ.
 */
export function putWeights(model: LayersModel, params: ReceivedParams): void {
  const tensors = modelTensors(model)
  checkSame(tensors, params)
  writeWeights(tensors, FlatParams.concat(Object.values(params).map(({ data }) => data)))
}

/** The model's weights under the names of what was received. */
export async function takeWeights(model: LayersModel, received: ReceivedParams): Promise<Record<string, TensorValues>> {
  const names = Object.keys(received)
  const named = modelTensors(model).map(async ({ spec, variable }, i): Promise<[string, TensorValues]> => {
    const data = (await variable.read().data()) as Float32Array
    return [names[i] as string, { shape: spec.shape, data }]
  })
  return Object.fromEntries(await Promise.all(named))
}

function checkSame(tensors: readonly ModelTensor[], params: ReceivedParams): void {
  const wanted = Object.entries(params)
  const longest = Math.max(tensors.length, wanted.length)
  for (let i = 0; i < longest; i++) {
    const own = tensors[i]?.spec
    const [name, tensor] = wanted[i] ?? []
    if (own && tensor && own.shape.join() === tensor.shape.join()) continue
    const has = own ? `${own.name} [${own.shape.join(', ')}]` : 'none'
    const takes = tensor ? `${name} [${tensor.shape.join(', ')}]` : 'none'
    throw new TributaryError(
      'update/wrong-layout',
      `This model is not the job’s: of its weights, number ${i + 1} is ${has}, and the job’s is ${takes}. Build the model that the job file has: model.topology there is model.toJSON() here.`,
    )
  }
}
