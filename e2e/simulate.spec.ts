/** A simulation against the real thing: tabs of a browser that train the same job on the same data. */
import { expect, type Page } from '@playwright/test'
import { parseJobConfig } from '../shared/jobs/config.ts'
import { digitsJob } from '../shared/jobs/templates.ts'
import { loadData } from '../simulator/data/load.ts'
import { simulate } from '../simulator/simulate.ts'
import { type RunningCoordinator, test } from './coordinator.ts'

const TABS = 3
const EXAMPLES = 120
const TOLERANCE = 1e-4

const CHANGE = {
  rounds: 5,
  minClients: TABS,
  autoStart: false,
  localEpochs: 2,
  batchSize: 10,
  validationSplit: 0.1,
  seed: 17,
  optimizer: { learningRate: 0.1 },
} as const

test('tabs on wasm and a simulation of them come to the same model', async ({ context, start }) => {
  const coordinator = await start({ job: CHANGE })
  const pages: Page[] = []
  for (let writer = 1; writer <= TABS; writer++) {
    const page = await context.newPage()
    await page.goto(`${coordinator.url}/?auto=1&writer=${writer}&examples=${EXAMPLES}&backend=wasm`)
    await coordinator.until(`tab ${writer}`, (board) => board.clients.length === writer)
    pages.push(page)
  }
  await coordinator.command('start')
  const board = await coordinator.until('the end', ({ job }) => job.state === 'finished')
  expect(board.clients.map(({ backend, contributed }) => [backend, contributed])).toEqual(
    pages.map(() => ['wasm', CHANGE.rounds]),
  )

  const config = parseJobConfig({ ...digitsJob, ...CHANGE }, 'The test’s job')
  const asked = { data: null, testData: null, clients: TABS, partition: null, examples: EXAMPLES, folder: undefined }
  const data = await loadData(config, asked)
  // Under the tabs' own ids, which their batches are functions of.
  const names = board.clients.toSorted((a, b) => a.ordinal - b.ordinal).map(({ id }) => id)
  const { report, model } = await simulate({ config, data, threads: 2, names })
  expect(report.rounds.length).toBe(CHANGE.rounds)

  const [first, trained] = [await weightsOf(coordinator, 0), await weightsOf(coordinator, CHANGE.rounds)]
  const simulated = valuesOf(model)
  expect(simulated.length).toBe(trained.length)
  expect(largestDifference(trained, first)).toBeGreaterThan(0.05)
  expect(largestDifference(trained, simulated)).toBeLessThanOrEqual(TOLERANCE)

  // Others' ids mean other batches: were these not the same, nor would the models be.
  const others = await simulate({ config, data, threads: 2 })
  expect(largestDifference(trained, valuesOf(others.model))).toBeGreaterThan(TOLERANCE)
})

/** A version as anybody with the admin's key downloads it: safetensors, whose values follow its header. */
async function weightsOf({ url, token, until }: RunningCoordinator, version: number): Promise<Float32Array> {
  const { versions } = await until('a look', () => true)
  const { digest } = versions.find((row) => row.version === version)!
  const headers = { Authorization: `Bearer ${token}` }
  const response = await fetch(`${url}/api/models/${digest}/model.safetensors`, { headers })
  return valuesOf(new Uint8Array(await response.arrayBuffer()))
}

function valuesOf(file: Uint8Array): Float32Array {
  const header = Number(new DataView(file.buffer, file.byteOffset).getBigUint64(0, true))
  return new Float32Array(file.slice(8 + header).buffer)
}

function largestDifference(a: Float32Array, b: Float32Array): number {
  return a.reduce((largest, value, i) => Math.max(largest, Math.abs(value - (b[i] ?? Number.NaN))), 0)
}
