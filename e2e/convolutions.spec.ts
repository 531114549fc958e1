/** A model with convolutions end to end, where TensorFlow.js alone could not train it: on WebAssembly. */

import { expect } from '@playwright/test'
// Building the model draws its first weights, on whatever there is.
import '@tensorflow/tfjs-backend-cpu'
import { layers, sequential } from '@tensorflow/tfjs-layers'
import type { Topology } from '../shared/jobs/models.ts'
import { latestAccuracy, test } from './coordinator.ts'

const { conv2d, dense, flatten, maxPooling2d, separableConv2d } = layers

function topology(): Topology {
  const model = sequential({
    layers: [
      conv2d({ filters: 8, kernelSize: 5, padding: 'same', activation: 'relu', inputShape: [28, 28, 1] }),
      maxPooling2d({ poolSize: 2 }),
      separableConv2d({ filters: 16, kernelSize: 3, padding: 'same', activation: 'relu' }),
      maxPooling2d({ poolSize: 2 }),
      flatten(),
      dense({ units: 10, activation: 'softmax' }),
    ],
  })
  return model.toJSON(null, false) as unknown as Topology
}

test.setTimeout(200_000)

test('two tabs train convolutions on WebAssembly', async ({ browser, start }) => {
  const coordinator = await start({
    job: {
      model: { topology: topology() },
      rounds: 4,
      minClients: 2,
      localEpochs: 2,
      batchSize: 32,
      optimizer: {
        name: 'adamw',
        learningRate: 0.01,
        clipNorm: 5,
        schedule: { kind: 'cosine', period: 8, warmUp: 0.25 },
      },
    },
  })
  const context = await browser.newContext()
  for (const writer of [1, 2]) {
    const page = await context.newPage()
    await page.goto(`${coordinator.url}/?auto=1&data=synthetic-digits&writer=${writer}&examples=300&backend=wasm`)
  }
  const board = await coordinator.until(
    'the end',
    (b) => b.job.state === 'finished' && b.versions.every((v) => v.test),
    150_000,
  )
  const backend = () => (globalThis as unknown as { tributary: { backend(): string } }).tributary.backend()
  for (const page of context.pages()) {
    const worker = page.workers().find((w) => w.url().includes('training'))
    expect(await worker?.evaluate(backend), 'what tfjs says of itself').toBe('wasm')
  }
  expect(board.clients.map(({ backend }) => backend)).toEqual(['wasm', 'wasm'])
  expect(board.versions[0]?.test?.metrics.accuracy ?? 1).toBeLessThan(0.4)
  expect(latestAccuracy(board)).toBeGreaterThan(0.85)
})
