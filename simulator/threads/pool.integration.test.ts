import type { Worker } from 'node:worker_threads'
import { afterEach, expect, test } from 'vitest'
import type { ReceivedModel } from '../../client/sdk/download.ts'
import { syntheticDigits } from '../../shared/datasets/synthetic-digits.ts'
import type { Manifest } from '../../shared/jobs/manifest.ts'
import { mlp } from '../../shared/jobs/models.ts'
import { taskNamed } from '../../shared/protocol/testing.ts'
import { FlatParams } from '../../shared/tensors/flat.ts'
import { ThreadPool } from './pool.ts'

const TOPOLOGY = mlp(784, [4], 10)
const MODEL: ReceivedModel = {
  digest: 'first',
  manifest: { topology: 'topology' } as Manifest,
  topology: TOPOLOGY,
  params: FlatParams.concat([Float32Array.from({ length: 784 * 4 + 4 + 4 * 10 + 10 }, (_, i) => (i % 7) / 70)]),
  base: FlatParams.zeros(0),
  bytesDown: 0,
}
const DATASET = syntheticDigits({ seed: 1, writer: 1, count: 30 })
const PART = Uint32Array.from({ length: 10 }, (_, i) => i)

let pool: ThreadPool
afterEach(() => pool.close())

const perform = (model = MODEL, part = PART, signal = new AbortController().signal) =>
  pool.performerOf(part).perform(taskNamed('t'), model, signal, () => {})

test('threads train on the client’s own examples, from the weights that came with the task', async () => {
  pool = new ThreadPool({ dataset: DATASET, validationSplit: 0, seed: 1 }, 2)
  const zero = { ...MODEL, digest: 'second', params: FlatParams.zeros(MODEL.params.length) }
  const [first, again, other, fromZero] = await Promise.all([
    perform(),
    perform(),
    perform(
      MODEL,
      PART.map((i) => i + 10),
    ),
    perform(zero),
  ])
  expect(first.numExamples).toBe(10)
  expect(again.params?.tiles).toEqual(first.params?.tiles)
  expect(other.params?.tiles).not.toEqual(first.params?.tiles)
  expect(fromZero.params?.tiles).not.toEqual(first.params?.tiles)
})

test('a task that is not wanted any more ends, begun or not', async () => {
  pool = new ThreadPool({ dataset: DATASET, validationSplit: 0, seed: 1 }, 1)
  const controllers = [new AbortController(), new AbortController()]
  const tasks = controllers.map(({ signal }) => perform(MODEL, PART, signal))
  for (const controller of controllers) controller.abort()
  for (const task of tasks) await expect(task).rejects.toMatchObject({ code: 'training/cancelled' })
  expect((await perform()).numExamples).toBe(10)
})

test('a thread that dies fails its client’s task with the reason, and another takes its place', async () => {
  pool = new ThreadPool({ dataset: DATASET, validationSplit: 0, seed: 1 }, 1)
  await perform()
  const [{ worker }] = (pool as unknown as { threads: [{ worker: Worker }] }).threads
  const lost = perform()
  await worker.terminate()
  await expect(lost).rejects.toMatchObject({
    code: 'training/failed',
    message: expect.stringContaining('The thread that trained has died: it ended with status'),
  })
  expect((await perform()).numExamples).toBe(10)
})
