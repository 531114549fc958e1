/** The main job end to end: tabs on WebGPU train one model together. */
import { expect, type Page } from '@playwright/test'
import { splitInPlace } from '../shared/datasets/split.ts'
import { syntheticDigits } from '../shared/datasets/synthetic-digits.ts'
import { latestAccuracy, type RunningCoordinator, test } from './coordinator.ts'
import { examplesIn, Traffic } from './traffic.ts'

const SEED = 5

/** One tab has so much to do that it is surely still at it when it is closed. */
const SLOW = 6
const examplesOf = (writer: number) => (writer === SLOW ? 4000 : 200)

function joinLink({ url }: RunningCoordinator, writer: number): string {
  return `${url}/?auto=1&data=synthetic-digits&writer=${writer}&examples=${examplesOf(writer)}&backend=webgpu`
}

/** What tfjs says of itself inside the page's training worker, and the adapter that this worker gets. */
async function insideWorker(page: Page): Promise<{ backend: string; tensors: number; adapter: string }> {
  const worker = page.workers().find((w) => w.url().includes('training'))
  if (!worker) throw new Error('the page has no training worker')
  return worker.evaluate(async () => {
    const { tributary } = globalThis as unknown as { tributary: { backend(): string; tensors(): number } }
    const adapter = await navigator.gpu.requestAdapter()
    const { vendor = '', architecture = '' } = adapter?.info ?? {}
    return { backend: tributary.backend(), tensors: tributary.tensors(), adapter: `${vendor} ${architecture}` }
  })
}

test.setTimeout(400_000)

test('four tabs and two of another context train on WebGPU; one leaves, one joins, no example leaves a tab', async ({
  browser,
  start,
}) => {
  const coordinator = await start({
    job: {
      seed: SEED,
      rounds: 4,
      minClients: 4,
      localEpochs: 2,
      batchSize: 32,
      optimizer: { learningRate: 0.1 },
      autoStart: false,
      graceSeconds: 2,
    },
  })
  const contexts = [await browser.newContext(), await browser.newContext()]
  const traffic = new Traffic()
  for (const context of contexts) traffic.listen(context)
  const visit = async (context: number, writer: number) => {
    const page = await contexts[context]!.newPage()
    await page.goto(joinLink(coordinator, writer))
    return page
  }
  /** Opens writer N as the Nth client. */
  const open = async (context: number, writer: number) => {
    const page = await visit(context, writer)
    await coordinator.until(`client ${writer}`, (board) => board.clients.length === writer)
    return page
  }
  // Which of them comes first does not matter, but the slow one is the last.
  const pages = await Promise.all([0, 0, 0, 0, 1].map((context, i) => visit(context, i + 1)))
  await coordinator.until('all but the slow one', (board) => board.clients.length === SLOW - 1)
  pages.push(await open(1, SLOW))
  expect((await coordinator.command('start')).status).toBe(200)

  await test.step('every page computes on WebGPU and says so', async () => {
    for (const page of pages) {
      const inside = await insideWorker(page)
      expect(inside.backend).toBe('webgpu')
      expect(inside.adapter.trim()).not.toBe('')
      await expect(page.getByTestId('backend-name')).toContainText(/webgpu/i)
    }
  })

  await test.step('R3, R6: a tab closes in mid-round and the round commits without it', async () => {
    const isSlow = (bar: { ordinal: number }) => bar.ordinal === SLOW
    const during = await coordinator.until('a round of six, the slow one in training', (board) => {
      const bars = board.rounds.at(-1)?.bars ?? []
      return bars.length === 6 && bars.some((bar) => isSlow(bar) && bar.state === 'train')
    })
    const round = during.rounds.at(-1)!
    await pages[SLOW - 1]!.close()
    const after = await coordinator.until('that round', (board) =>
      board.rounds.some((r) => r.key === round.key && r.endedAt !== null),
    )
    const ended = after.rounds.find((r) => r.key === round.key)!
    expect(ended.state).toBe('committed')
    expect(ended.bars.find(isSlow)?.state).toBe('gone')
    expect(ended.updates).toBe(5)
  })

  await test.step('a tab joins in mid-job and contributes', async () => {
    // However fast the others are, rounds are left for it.
    expect((await coordinator.command('more', { rounds: 4 })).status).toBe(200)
    const late = await open(1, 7)
    const board = await coordinator.until('the newcomer’s first contribution', (b) =>
      b.clients.some((c) => c.ordinal === 7 && c.contributed >= 1),
    )
    expect(board.job.state).toBe('running')
    expect((await insideWorker(late)).backend).toBe('webgpu')
  })

  const board = await coordinator.until(
    'the end',
    (b) => b.job.state === 'finished' && b.versions.every((v) => v.test),
    170_000,
  )
  const first = board.versions[0]?.test?.metrics.accuracy ?? 1
  expect(first).toBeLessThan(0.4)
  expect(latestAccuracy(board)).toBeGreaterThan(0.9)

  await test.step('P1: no example is in anything that left a tab', async () => {
    const sent = traffic.bytes()
    expect(traffic.sockets).toBeGreaterThanOrEqual(7)
    // The updates are in it, so the capture sees what the workers send.
    expect(sent.length).toBeGreaterThan(board.job.bytesUp * 0.9)
    for (let writer = 1; writer <= 7; writer++) {
      const all = syntheticDigits({ seed: SEED, writer, count: examplesOf(writer) })
      const own = Buffer.from(all.values)
      const { train, validation } = splitInPlace(all, 0.1, SEED)
      expect(examplesIn(sent, train)).toEqual([])
      expect(examplesIn(sent, validation)).toEqual([])
      // The search would have found them.
      expect(examplesIn(own, train).length).toBe(train.count)
    }
  })
})
