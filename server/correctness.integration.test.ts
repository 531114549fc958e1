/** Federated training against the same training without federation, over real sockets, on the same backend. */
import * as tf from '@tensorflow/tfjs-core'
import { describe, expect, test } from 'vitest'
import { type ImageDataset, subset } from '../shared/datasets/dataset.ts'
import { mlp } from '../shared/jobs/models.ts'
import { buildModel } from '../shared/models/build.ts'
import { arraysOf, batchOf, examplesFor } from '../shared/models/examples.ts'
import { modelTensors, readWeights, writeWeights } from '../shared/models/layout-of.ts'
import { deriveSeed, random } from '../shared/random/random.ts'
import type { FlatParams } from '../shared/tensors/flat.ts'
import type { Coordinator } from './main.ts'
import {
  digits,
  downloadParams,
  enginePerformer,
  enter,
  jobReaches,
  largestDifference,
  SMALL_JOB,
  start,
  type TestClient,
} from './testing.integration.ts'

function join(coordinator: Coordinator, data: ImageDataset): TestClient {
  return enter(coordinator, enginePerformer(data), data.count)
}

/** Plain tfjs: minimises the loss over these batches with SGD, from these weights, in one model. */
async function centralised(
  from: FlatParams,
  learningRate: number,
  batches: { data: ImageDataset; indices: Uint32Array }[],
): Promise<FlatParams> {
  const model = await buildModel(mlp(784, [16], 10))
  const tensors = modelTensors(model)
  writeWeights(tensors, from)
  const optimizer = tf.train.sgd(learningRate)
  for (const { data, indices } of batches) {
    const examples = examplesFor(model, data)
    const { xs, targets } = batchOf(examples, arraysOf(examples, indices))
    optimizer.minimize(() => tf.losses.softmaxCrossEntropy(targets, logits(model, xs)) as tf.Scalar)
    tf.dispose([xs, targets])
  }
  const weights = await readWeights(tensors)
  model.dispose()
  optimizer.dispose()
  return weights
}

/** The model's outputs before the softmax: an independent way to the same loss. */
function logits(model: Awaited<ReturnType<typeof buildModel>>, xs: tf.Tensor): tf.Tensor2D {
  const [hidden, classes] = model.layers
  const [kernel, bias] = (classes?.weights ?? []).map((w) => w.read() as tf.Tensor)
  const activations = hidden?.apply(xs) as tf.Tensor2D
  return tf.add(tf.matMul(activations, kernel as tf.Tensor2D), bias as tf.Tensor) as tf.Tensor2D
}

describe('A3: FedAvg', () => {
  test('with one client is local SGD over the same batches', async () => {
    const rounds = 5
    const job = { ...SMALL_JOB, rounds, localEpochs: 2, batchSize: 16, optimizer: { learningRate: 0.1 }, seed: 7 }
    const coordinator = await start(job)
    const data = digits(1, 90)
    const first = await downloadParams(coordinator, 0)
    const client = join(coordinator, data)
    await jobReaches(coordinator, (board) => board.job.state === 'finished')

    const welcome = client.events.find((event) => event.type === 'welcome')
    const id = welcome?.type === 'welcome' ? welcome.clientId : ''
    const batches = []
    for (let round = 1; round <= rounds; round++) {
      const seed = deriveSeed(7, 'train', round, round, id)
      for (let epoch = 0; epoch < 2; epoch++) {
        const order = random(seed, 'shuffle', epoch).permutation(90)
        for (let at = 0; at < 90; at += 16) batches.push({ data, indices: order.slice(at, at + 16) })
      }
    }
    const expected = await centralised(first, 0.1, batches)
    expect(largestDifference(await downloadParams(coordinator), first)).toBeGreaterThan(0.01)
    expect(largestDifference(await downloadParams(coordinator), expected)).toBeLessThanOrEqual(1e-6)
  })

  test('with K clients and one full-batch step each is one full-batch step on all their data', async () => {
    const sizes = [40, 25, 60, 33]
    const total = sizes.reduce((a, b) => a + b)
    const all = digits(3, total)
    const job = {
      ...SMALL_JOB,
      rounds: 1,
      minClients: 4,
      localEpochs: 1,
      batchSize: 1000,
      optimizer: { learningRate: 0.5 },
    }
    const coordinator = await start(job)
    let at = 0
    for (const size of sizes) {
      const from = at
      join(
        coordinator,
        subset(
          all,
          Uint32Array.from({ length: size }, (_, i) => from + i),
        ),
      )
      at += size
    }
    await jobReaches(coordinator, (board) => board.job.state === 'finished')
    const first = await downloadParams(coordinator, 0)
    const expected = await centralised(first, 0.5, [
      { data: all, indices: Uint32Array.from({ length: total }, (_, i) => i) },
    ])
    const [round] = coordinator.runner.snapshot().rounds
    expect(round?.updates).toBe(4)
    expect(largestDifference(await downloadParams(coordinator), first)).toBeGreaterThan(0.001)
    expect(largestDifference(await downloadParams(coordinator), expected)).toBeLessThanOrEqual(1e-6)
  })
})

test('T1: tasks leave no tensor behind', async () => {
  const coordinator = await start({ ...SMALL_JOB, rounds: 6, validationSplit: 0.1 })
  const data = digits(2, 60)
  enter(coordinator, enginePerformer(data, digits(9, 20)), 60)
  await jobReaches(coordinator, (board) => board.job.state === 'finished')
  const after = tf.memory().numTensors
  await coordinator.runner.command({ type: 'more', rounds: 4 })
  await jobReaches(coordinator, (board) => board.job.state === 'finished' && board.job.round === 10)
  expect(tf.memory().numTensors).toBe(after)
})
