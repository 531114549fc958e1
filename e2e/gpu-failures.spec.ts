/** The GPU fails in the middle of a task, in each of its ways: the update is the one that an undisturbed task gives. */
import { expect, type Page } from '@playwright/test'
import { mlp } from '../shared/jobs/models.ts'
import type { DashboardSnapshot } from '../shared/protocol/dashboard.ts'
import type { BackendName } from '../shared/protocol/participant.ts'
import { type RunningCoordinator, test } from './coordinator.ts'
import { furthest } from './furthest.ts'

test.setTimeout(240_000)

interface Grabbed {
  devices: GPUDevice[]
  contexts: WebGL2RenderingContext[]
}

/** Runs this in the training worker, before anything of its own. */
function inTrainingWorker(page: Page, first: () => void): void {
  page.on('worker', (worker) => {
    if (worker.url().includes('training')) void worker.evaluate(first)
  })
}

/** Keeps the devices that the training worker gets, from before it asks for one. */
function grabDevices(page: Page): void {
  inTrainingWorker(page, () => {
    const grabbed = globalThis as unknown as Grabbed
    grabbed.devices = []
    const { requestDevice } = GPUAdapter.prototype
    GPUAdapter.prototype.requestDevice = async function (descriptor) {
      const device = await requestDevice.call(this, descriptor)
      grabbed.devices.push(device)
      return device
    }
  })
}

/** The same of contexts of WebGL. */
function grabContexts(page: Page): void {
  inTrainingWorker(page, () => {
    const grabbed = globalThis as unknown as Grabbed
    grabbed.contexts = []
    const { getContext } = OffscreenCanvas.prototype
    OffscreenCanvas.prototype.getContext = function (this: OffscreenCanvas, ...wanted: unknown[]) {
      const context = Reflect.apply(getContext, this, wanted)
      if (context) grabbed.contexts.push(context)
      return context
    } as typeof getContext
  })
}

function trainingWorker(page: Page) {
  const worker = page.workers().find((w) => w.url().includes('training'))
  if (!worker) throw new Error('The page has no training worker.')
  return worker
}

const backendInside = (page: Page) =>
  trainingWorker(page).evaluate(() =>
    (globalThis as unknown as { tributary: { backend(): string } }).tributary.backend(),
  )

async function weights({ url, token }: RunningCoordinator, { versions }: DashboardSnapshot): Promise<Float32Array> {
  const response = await fetch(`${url}/api/models/${versions.at(-1)?.digest}/weights.bin`, {
    headers: { Authorization: `Bearer ${token}` },
  })
  expect(response.status).toBe(200)
  return new Float32Array(await response.arrayBuffer())
}

/** One task, long enough for a fault in its middle. */
const ONE_TASK = {
  model: { topology: { ...mlp(784, [16], 10) } },
  rounds: 1,
  localEpochs: 10,
  batchSize: 32,
  optimizer: { name: 'adam', learningRate: 0.01 },
  demoData: { source: 'none' },
  validationSplit: 0,
  autoStart: false,
} as const
const link = (backend: BackendName) => `/?auto=1&data=synthetic-digits&writer=1&examples=300&backend=${backend}`

const isOver = (b: DashboardSnapshot) => b.job.state === 'finished'

/** A tab joins and the job runs to its end: the weights that it reaches where nothing goes wrong. */
async function undisturbed(coordinator: RunningCoordinator, page: Page, backend: BackendName): Promise<Float32Array> {
  await page.goto(`${coordinator.url}${link(backend)}`)
  await coordinator.until('the client', (b) => b.clients.length === 1)
  await coordinator.command('start')
  return weights(coordinator, await coordinator.until('the first job’s end', isOver, 90_000))
}

/** The same job once more, in the middle of its task. */
async function middleOfAnother(coordinator: RunningCoordinator): Promise<void> {
  const before = await coordinator.until('a look', () => true)
  await coordinator.command('again')
  const waiting = await coordinator.until('the second job', (b) => b.job.id !== before.job.id)
  if (waiting.job.state === 'waiting') await coordinator.command('start')
  await coordinator.until('the middle', (b) => (b.rounds[0]?.bars[0]?.fraction ?? 0) > 0.2, 60_000)
}

test('a device is lost in mid-task, then a command refused: the task is done anew, on another, then on WebAssembly', async ({
  page,
  start,
}) => {
  const coordinator = await start({ job: ONE_TASK })
  grabDevices(page)
  const expected = await undisturbed(coordinator, page, 'webgpu')

  await middleOfAnother(coordinator)
  const lost = await trainingWorker(page).evaluate(async () => {
    const { devices } = globalThis as unknown as Grabbed
    const [device] = devices.slice(-1) as [GPUDevice]
    device.destroy()
    return { reason: (await device.lost).reason, devices: devices.length }
  })
  expect(lost).toEqual({ reason: 'destroyed', devices: 1 })
  const disturbed = await coordinator.until('the second job’s end', isOver, 90_000)
  const devices = () => (globalThis as unknown as Grabbed).devices.length
  expect(await trainingWorker(page).evaluate(devices)).toBe(2)
  expect(await backendInside(page)).toBe('webgpu')
  expect(
    disturbed.rounds.map(({ key, state }) => [key, state]),
    'in the same task',
  ).toEqual([['1.1', 'committed']])
  const reached = await weights(coordinator, disturbed)
  expect(reached.length).toBe(expected.length)
  expect(reached.some((value) => value !== 0)).toBe(true)
  expect(Array.from(reached)).toEqual(Array.from(expected))
  expect(disturbed.clients[0]?.note).toMatch(/GPU failed/)
  expect(disturbed.log.some(({ level, message }) => level === 'warn' && /Client 1: Its GPU failed/.test(message))).toBe(
    true,
  )

  await middleOfAnother(coordinator)
  await trainingWorker(page).evaluate(() => {
    const { devices } = globalThis as unknown as Grabbed
    const [device] = devices.slice(-1) as [GPUDevice]
    // WebGPU throws nothing for this: it tells the device's owner, and whatever the command should have done is not done.
    device.queue.writeBuffer(device.createBuffer({ size: 4, usage: GPUBufferUsage.STORAGE }), 0, new Float32Array(1))
  })
  const refused = await coordinator.until('the third job’s end', isOver, 90_000)
  expect(await backendInside(page)).toBe('wasm')
  expect(refused.clients[0]).toMatchObject({
    note: expect.stringMatching(/GPU failed/),
    backend: 'wasm',
    adapter: expect.stringMatching(/^processor/),
    backendReason: 'webgpu failed in a task.',
  })
  const without = await weights(coordinator, refused)
  expect(furthest(without, expected)).toBeLessThan(1e-3)
  // Rounds enough for the page to be seen training.
  await coordinator.command('more', { rounds: 2000 })
  await expect(page.getByTestId('backend-name')).toContainText('WebAssembly')
})

test('WebGL’s context is lost in mid-task, then a command refused: the task is done anew, on another, then on WebAssembly', async ({
  page,
  start,
}) => {
  // WebGL needs more of it to be in its middle when the context is lost.
  const coordinator = await start({ job: { ...ONE_TASK, localEpochs: 30 } })
  grabContexts(page)
  const expected = await undisturbed(coordinator, page, 'webgl')

  await middleOfAnother(coordinator)
  const alive = () =>
    trainingWorker(page).evaluate(() => {
      const { contexts } = globalThis as unknown as Grabbed
      return contexts.map((context) => !context.isContextLost())
    })
  const before = await alive()
  expect(before.at(-1)).toBe(true)
  await trainingWorker(page).evaluate(() => {
    const { contexts } = globalThis as unknown as Grabbed
    const context = contexts.at(-1)?.getExtension('WEBGL_lose_context')
    context?.loseContext()
    // Browsers give contexts back, but nothing of what was in them.
    setTimeout(() => context?.restoreContext(), 100)
  })
  const disturbed = await coordinator.until('the second job’s end', isOver, 90_000)
  await expect.poll(async () => (await alive())[before.length - 1], 'the one that was lost is back').toBe(true)
  const after = await alive()
  expect(after.slice(before.length), 'and yet there is another').toContain(true)
  expect(await backendInside(page)).toBe('webgl')
  const reached = await weights(coordinator, disturbed)
  expect(Array.from(reached)).toEqual(Array.from(expected))
  expect(disturbed.clients[0]?.note).toMatch(/GPU failed/)

  // WebGL tells of a command that it has not followed only where it is asked.
  await middleOfAnother(coordinator)
  await trainingWorker(page).evaluate(() => {
    const { contexts } = globalThis as unknown as Grabbed
    contexts.at(-1)?.enable(1)
  })
  const refused = await weights(coordinator, await coordinator.until('the third job’s end', isOver, 90_000))
  expect(await backendInside(page)).toBe('wasm')
  expect(furthest(refused, expected)).toBeLessThan(1e-3)
})

test('no memory for a recording: the task is trained unrecorded, and the dashboard says so', async ({
  page,
  start,
}) => {
  const coordinator = await start({ job: { ...ONE_TASK, localEpochs: 1 } })
  inTrainingWorker(page, () => {
    // Recordings are made within error scopes; with each buffer of theirs the browser has an error.
    const usage = GPUBufferUsage.STORAGE | GPUBufferUsage.MAP_READ
    const { pushErrorScope, popErrorScope, createBuffer } = GPUDevice.prototype
    let depth = 0
    GPUDevice.prototype.pushErrorScope = function (filter) {
      depth++
      pushErrorScope.call(this, filter)
    }
    GPUDevice.prototype.popErrorScope = function () {
      depth--
      return popErrorScope.call(this)
    }
    GPUDevice.prototype.createBuffer = function (descriptor) {
      if (depth > 0) createBuffer.call(this, { size: 4, usage })
      return createBuffer.call(this, descriptor)
    }
  })
  await page.goto(`${coordinator.url}${link('webgpu')}`)
  await coordinator.until('the client', (b) => b.clients.length === 1)
  await coordinator.command('start')
  const board = await coordinator.until('the job’s end', isOver, 90_000)
  expect(board.rounds[0]?.updates).toBe(1)
  expect(board.clients[0]?.note).toMatch(/could not be recorded/)
  expect(board.versions.at(-1)?.digest).not.toBe(board.versions[0]?.digest)
  await page.goto(coordinator.dashboardUrl)
  await expect(page.getByTestId('client-note')).toContainText('the model’s steps could not be recorded')
})
