/** The worker thread in which the coordinator builds and evaluates models, on tfjs' wasm backend. Started by service.ts. */

import { parentPort, workerData } from 'node:worker_threads'
import * as tf from '@tensorflow/tfjs-core'
import { inputOf, targetsOf } from '../../shared/datasets/schema.ts'
import { examplesFor, inputShape, outputWidth } from '../../shared/models/examples.ts'
import { checkTrainable } from '../../shared/models/trainable.ts'
import '@tensorflow/tfjs-backend-wasm'
import type { LayersModel } from '@tensorflow/tfjs-layers'
import { errorInfo, TributaryError } from '../../shared/errors/error.ts'
import type { JobConfig } from '../../shared/jobs/config.ts'
import { CROSS_ENTROPIES } from '../../shared/jobs/losses.ts'
import type { Topology } from '../../shared/jobs/models.ts'
import { buildBlankModel, buildModel, buildSeededModel } from '../../shared/models/build.ts'
import { type Evaluation, evaluateModel } from '../../shared/models/evaluate.ts'
import {
  flatOnes,
  frozenOnes,
  layoutOf,
  modelTensors,
  readWeights,
  writeWeights,
} from '../../shared/models/layout-of.ts'
import { FlatParams } from '../../shared/tensors/flat.ts'
import { flatLength } from '../../shared/tensors/layout.ts'
import type { Envelope, InitialModel, ModelRequest, Reply, ThreadData, Tiles } from './messages.ts'

const { testData } = workerData as ThreadData

/** The model that was evaluated last; versions of one job share a topology. */
let kept: { key: string; model: LayersModel } | null = null

const ready = (async () => {
  tf.env().set('WASM_HAS_MULTITHREAD_SUPPORT', false)
  if (!(await tf.setBackend('wasm'))) await tf.setBackend('cpu')
  await tf.ready()
})()

async function answer(request: ModelRequest): Promise<InitialModel | Evaluation> {
  await ready
  switch (request.kind) {
    case 'initialise': {
      const { config, topology } = request
      if ('tensors' in config.model) return zeroTensors(config.model.tensors)
      const { data } = config
      const { weights } = config.model
      // Where a file gives all weights, none is drawn: that takes time.
      const allGiven = weights !== null && !weights.partial
      const model = await (allGiven ? buildBlankModel(topology) : buildSeededModel(topology, config.seed))
      try {
        // Of examples that a program keeps to itself nothing is known, and it may train what our engine cannot.
        if (data.kind !== 'own') {
          inputShape(model, inputOf(data).shape)
          checkLoss(outputWidth(model, targetsOf(data)), config)
          checkTrainable(model)
        }
        const tensors = modelTensors(model)
        return {
          layout: layoutOf(tensors),
          params: (await readWeights(flatOnes(tensors))).tiles,
          base: (await readWeights(frozenOnes(tensors))).tiles,
        }
      } finally {
        model.dispose()
      }
    }
    case 'evaluate': {
      if (!testData) throw new TributaryError('data/missing', 'The coordinator has no test data.')
      const model = await modelFor(request.topology)
      const tensors = modelTensors(model)
      writeWeights(flatOnes(tensors), flatOf(request.params))
      writeWeights(frozenOnes(tensors), flatOf(request.base))
      return evaluateModel(model, examplesFor(model, testData), request)
    }
    default:
      return request satisfies never
  }
}

function zeroTensors(tensors: Readonly<Record<string, readonly number[]>>): InitialModel {
  const layout = Object.entries(tensors).map(
    ([name, shape]) => ({ name, shape, dtype: 'float32', role: 'trained' }) as const,
  )
  return { layout, params: FlatParams.zeros(flatLength(layout)).tiles, base: [] }
}

/** One output stands for two classes, which a categorical cross-entropy does not see: of the first it would always be 0. */
function checkLoss(outputs: number, { loss, data }: JobConfig): void {
  if (
    outputs > 1 ||
    !('classes' in targetsOf(data)) ||
    loss === 'binaryCrossentropy' ||
    !CROSS_ENTROPIES.includes(loss)
  )
    return
  throw new TributaryError(
    'job/untrainable',
    `The model has one output, and the loss ${loss} needs one for each class. Use binaryCrossentropy, or end the model with two values and a softmax.`,
  )
}

async function modelFor(topology: Topology): Promise<LayersModel> {
  const key = JSON.stringify(topology)
  if (kept?.key === key) return kept.model
  kept?.model.dispose()
  kept = null
  const model = await buildModel(topology)
  kept = { key, model }
  return model
}

function flatOf(tiles: Tiles): FlatParams {
  return FlatParams.concat(tiles)
}

/** One request at a time: the backend is shared. */
let last: Promise<void> = Promise.resolve()

parentPort?.on('message', ({ id, request }: Envelope) => {
  last = last.then(async () => {
    const reply: Reply = await answer(request).then(
      (result) => ({ id, result }),
      (thrown) => ({ id, error: errorInfo(thrown) }),
    )
    parentPort?.postMessage(reply)
  })
})
