/** The GPU is taken away in the middle of a task: the update is the one that an undisturbed task gives. */
import { expect, type Page } from '@playwright/test'
import { mlp } from '../shared/jobs/models.ts'
import type { DashboardSnapshot } from '../shared/protocol/dashboard.ts'
import { type RunningCoordinator, test } from './coordinator.ts'

test.setTimeout(240_000)

interface Grabbed {
  devices: GPUDevice[]
}

/** Keeps the devices that the training worker gets, from before it asks for one. */
function grabDevices(page: Page): void {
  page.on('worker', (worker) => {
    if (!worker.url().includes('training')) return
    void worker.evaluate(() => {
      const grabbed = globalThis as unknown as Grabbed
      grabbed.devices = []
      const { requestDevice } = GPUAdapter.prototype
      GPUAdapter.prototype.requestDevice = async function (descriptor) {
        const device = await requestDevice.call(this, descriptor)
        grabbed.devices.push(device)
        return device
      }
    })
  })
}

function trainingWorker(page: Page) {
  const worker = page.workers().find((w) => w.url().includes('training'))
  if (!worker) throw new Error('The page has no training worker.')
  return worker
}

async function weights({ url, token }: RunningCoordinator, { versions }: DashboardSnapshot): Promise<Float32Array> {
  const response = await fetch(`${url}/api/models/${versions.at(-1)?.digest}/weights.bin`, {
    headers: { Authorization: `Bearer ${token}` },
  })
  expect(response.status).toBe(200)
  return new Float32Array(await response.arrayBuffer())
}

test('a device that is lost in mid-task: the task is done anew, on another, with the same result', async ({
  page,
  start,
}) => {
  const coordinator = await start({
    job: {
      model: { topology: { ...mlp(784, [16], 10) } },
      rounds: 1,
      localEpochs: 10,
      batchSize: 32,
      optimizer: { name: 'adam', learningRate: 0.01 },
      demoData: { source: 'none' },
      validationSplit: 0,
      autoStart: false,
    },
  })
  grabDevices(page)
  await page.goto(`${coordinator.url}/?auto=1&data=synthetic-digits&writer=1&examples=300&backend=webgpu`)
  await coordinator.until('the client', (b) => b.clients.length === 1)
  const ended = (b: DashboardSnapshot) => b.job.state === 'finished'

  await coordinator.command('start')
  const undisturbed = await coordinator.until('the first job’s end', ended, 90_000)
  const expected = await weights(coordinator, undisturbed)

  await coordinator.command('again')
  const waiting = await coordinator.until('the second job', (b) => b.job.id !== undisturbed.job.id)
  if (waiting.job.state === 'waiting') await coordinator.command('start')
  await coordinator.until('the middle of the task', (b) => (b.rounds[0]?.bars[0]?.fraction ?? 0) > 0.2, 60_000)
  const lost = await trainingWorker(page).evaluate(async () => {
    const { devices } = globalThis as unknown as Grabbed
    const [device] = devices.slice(-1) as [GPUDevice]
    device.destroy()
    return { reason: (await device.lost).reason, devices: devices.length }
  })
  expect(lost).toEqual({ reason: 'destroyed', devices: 1 })
  const disturbed = await coordinator.until('the second job’s end', ended, 90_000)
  const inside = await trainingWorker(page).evaluate(() => ({
    devices: (globalThis as unknown as Grabbed).devices.length,
    backend: (globalThis as unknown as { tributary: { backend(): string } }).tributary.backend(),
  }))
  expect(inside).toEqual({ devices: 2, backend: 'webgpu' })
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
})
