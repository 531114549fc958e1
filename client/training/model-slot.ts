import * as tf from '@tensorflow/tfjs-core'
import type { LayersModel } from '@tensorflow/tfjs-layers'
import type { Topology } from '../../shared/jobs/models.ts'
import { buildBlankModel } from '../../shared/models/build.ts'
import {
  flatOnes,
  frozenOnes,
  type ModelTensor,
  modelTensors,
  readWeights,
  writeWeights,
} from '../../shared/models/layout-of.ts'
import { FlatParams } from '../../shared/tensors/flat.ts'
import { mostInTexture } from './backends/webgl.ts'
import { readAll, whole } from './replay/device.ts'
import { bufferOf, webGpuBackend } from './replay/internals.ts'

export interface LoadedModel {
  readonly model: LayersModel
  readonly tensors: readonly ModelTensor[]
}

/** Holds one built model and gives it out again for as long as the topology stays the same. */
export class ModelSlot {
  private kept: (LoadedModel & { readonly key: string }) | null = null

  /** The model of this topology with these weights. `key` stands for the topology. */
  async load(key: string, topology: Topology, params: FlatParams, base: FlatParams): Promise<LoadedModel> {
    if (this.kept?.key !== key) {
      this.clear()
      const model = await buildBlankModel(topology)
      this.kept = { key, model, tensors: modelTensors(model) }
    }
    const { model, tensors } = this.kept as LoadedModel
    writeWeights(flatOnes(tensors), params)
    writeWeights(frozenOnes(tensors), base)
    return { model, tensors }
  }

  clear(): void {
    this.kept?.model.dispose()
    this.kept = null
  }
}

/** trained − received, in the layout's order. */
export async function difference(tensors: readonly ModelTensor[], received: FlatParams): Promise<FlatParams> {
  const trained = await readFlat(flatOnes(tensors))
  trained.tiles.forEach((tile, t) => {
    const before = received.tiles[t] as Float32Array
    for (let i = 0; i < tile.length; i++) tile[i] = (tile[i] as number) - (before[i] as number)
  })
  return trained
}

/** The weights' values, one after the other; in a single read where they have to be brought from a GPU. */
async function readFlat(tensors: readonly ModelTensor[]): Promise<FlatParams> {
  const weights = tensors.map(({ variable }) => variable.read()).filter(({ size }) => size > 0)
  switch (tf.getBackend()) {
    case 'webgpu': {
      const backend = webGpuBackend()
      const places = weights.map((weight) => whole(bufferOf(backend, weight)))
      return FlatParams.concat(await readAll(backend, places))
    }
    case 'webgl': {
      if (weights.reduce((n, { size }) => n + size, 0) > mostInTexture()) return readWeights(tensors)
      const flat = tf.tidy(() => tf.concat(weights.map((weight) => tf.reshape(weight, [weight.size]))))
      const values = await flat.data<'float32'>()
      flat.dispose()
      return FlatParams.concat([values])
    }
    default:
      return readWeights(tensors)
  }
}
