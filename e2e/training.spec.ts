/** The main job end to end: tabs on WebGPU train one model together. */
import { expect, type Page } from '@playwright/test'
import { split } from '../shared/datasets/dataset.ts'
import { syntheticDigits } from '../shared/datasets/synthetic-digits.ts'
import { latestAccuracy, type RunningCoordinator, test } from './coordinator.ts'
import { examplesIn, Traffic } from './traffic.ts'

const EXAMPLES = 200
const SEED = 5

function joinLink({ url }: RunningCoordinator, writer: number): string {
  return `${url}/?auto=1&data=synthetic-digits&writer=${writer}&examples=${EXAMPLES}&backend=webgpu`
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
      rounds: 11,
      minClients: 4,
      // Long enough for a tab to be closed in the middle.
      localEpochs: 6,
      batchSize: 32,
      optimizer: { learningRate: 0.1 },
      autoStart: false,
      graceSeconds: 2,
    },
  })
  const contexts = [await browser.newContext(), await browser.newContext()]
  const traffic = new Traffic()
  for (const context of contexts) traffic.listen(context)
  const open = async (context: number, writer: number) => {
    const page = await contexts[context]!.newPage()
    await page.goto(joinLink(coordinator, writer))
    return page
  }
  const pages = [
    await open(0, 1),
    await open(0, 2),
    await open(0, 3),
    await open(0, 4),
    await open(1, 5),
    await open(1, 6),
  ]
  await coordinator.until('six clients', (board) => board.clients.length === 6)
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
    const during = await coordinator.until('a round with six tasks, one of them far from trained', (board) => {
      const last = board.rounds.at(-1)
      return (
        last?.state === 'open' &&
        last.round >= 2 &&
        last.bars.length === 6 &&
        last.bars.some((b) => b.state === 'train' && b.fraction < 0.4)
      )
    })
    const round = during.rounds.at(-1)!
    const inTraining = round.bars.filter((bar) => bar.state === 'train')
    const training = inTraining.toSorted((a, b) => a.fraction - b.fraction)[0]!
    const victim = pages[training.ordinal - 1]!
    await victim.close()
    const after = await coordinator.until('that round', (board) =>
      board.rounds.some((r) => r.key === round.key && r.endedAt !== null),
    )
    const ended = after.rounds.find((r) => r.key === round.key)!
    expect(ended.state).toBe('committed')
    expect(ended.bars.find((b) => b.clientId === training.clientId)?.state).toBe('gone')
    expect(ended.updates).toBe(5)
  })

  await test.step('a tab joins in mid-job and contributes', async () => {
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
  const first = board.versions[0]?.test?.accuracy ?? 1
  expect(first).toBeLessThan(0.4)
  expect(latestAccuracy(board)).toBeGreaterThan(0.9)

  await test.step('P1: no example is in anything that left a tab', async () => {
    const sent = traffic.bytes()
    expect(traffic.sockets).toBeGreaterThanOrEqual(7)
    // The updates are in it, so the capture sees what the workers send.
    expect(sent.length).toBeGreaterThan(board.job.bytesUp * 0.9)
    for (let writer = 1; writer <= 7; writer++) {
      const all = syntheticDigits({ seed: SEED, writer, count: EXAMPLES })
      const { train, validation } = split(all, 0.1, SEED)
      expect(examplesIn(sent, train)).toEqual([])
      expect(examplesIn(sent, validation)).toEqual([])
      // The search would have found them.
      expect(examplesIn(Buffer.from(all.pixels), train).length).toBe(train.labels.length)
    }
  })
})
