/** Real tabs meet a coordinator that is killed, and a network that is cut. */
import { expect, type Page } from '@playwright/test'
import { mlp } from '../shared/jobs/models.ts'
import { Random } from '../shared/random/random.ts'
import { type RunningCoordinator, test } from './coordinator.ts'
import { TcpProxy } from './faults/proxy.ts'

const EXAMPLES = 120

function joinLink(url: string, writer: number): string {
  return `${url}/?auto=1&data=synthetic-digits&writer=${writer}&examples=${EXAMPLES}&backend=wasm`
}

/** The ids of the clients that are there. */
async function present(coordinator: RunningCoordinator, count: number): Promise<string[]> {
  const board = await coordinator.until(`${count} clients`, ({ clients }) => {
    return clients.filter((client) => client.state !== 'gone' && client.state !== 'reconnecting').length >= count
  })
  return board.clients.filter((client) => client.state !== 'gone').map((client) => client.id)
}

/** Where the chunks begin that this page sends, as they go out. */
function chunkOffsets(page: Page): number[] {
  const offsets: number[] = []
  page.on('websocket', (socket) => {
    socket.on('framesent', ({ payload }) => {
      const offset = /"update:chunk",\{.*?"offset":(\d+)/.exec(String(payload))?.[1]
      if (offset !== undefined) offsets.push(Number(offset))
    })
  })
  return offsets
}

test('R8: the coordinator is killed and restarted under four open tabs, and the job finishes by itself', async ({
  context,
  start,
}) => {
  // So many epochs that the board, which is sent every 250 ms, is bound to show a training.
  const job = { rounds: 6, minClients: 4, localEpochs: 40, graceSeconds: 20, deadlineSeconds: 100 }
  const first = await start({ job })
  const pages: Page[] = []
  for (const writer of [1, 2, 3, 4]) {
    const page = await context.newPage()
    await page.goto(joinLink(first.url, writer))
    pages.push(page)
  }
  const before = await present(first, 4)
  const open = await first.until('round 3 in training', ({ rounds }) => {
    const last = rounds.at(-1)
    return last?.round === 3 && last.state === 'open' && last.bars.some((bar) => bar.state === 'train')
  })
  const { port } = new URL(first.url)
  await first.end('SIGKILL')
  for (const page of pages) await expect(page.getByText(/reconnecting/i).first()).toBeVisible({ timeout: 20_000 })

  const second = await start({ job, args: ['--port', port] })
  const end = await second.until('the end', ({ job: { state } }) => state === 'finished', 120_000)
  expect(end.clients.map((client) => client.id).sort()).toEqual([...before].sort())
  expect(end.versions.map((version) => version.version)).toEqual([0, 1, 2, 3, 4, 5, 6])
  // The attempt that was open is the one that was committed: same number, nobody was asked anew.
  const resumed = end.rounds.filter((round) => round.round === 3)
  expect(resumed.map(({ attempt, state, updates }) => ({ attempt, state, updates }))).toEqual([
    { attempt: open.rounds.at(-1)?.attempt, state: 'committed', updates: 4 },
  ])
})

test('R9: the network is cut in mid-upload and comes back; the upload goes on where it was', async ({
  page,
  start,
}) => {
  // 3.2 MB an update: 13 chunks.
  const topology = mlp(784, [1000], 10)
  // Enough epochs that it still trains when the network becomes slow.
  const coordinator = await start({ job: { rounds: 2, localEpochs: 20, model: { topology: { ...topology } } } })
  const proxy = await TcpProxy.open(Number(new URL(coordinator.url).port))
  const offsets = chunkOffsets(page)
  try {
    await page.goto(joinLink(proxy.url, 1))
    const [id] = await present(coordinator, 1)
    await coordinator.until('training', ({ rounds }) => rounds.at(-1)?.bars[0]?.state === 'train')
    await proxy.slow({ latencyMs: 5, jitterMs: 5, random: new Random(1), bytesPerSecond: 400_000 })
    await coordinator.until('the upload under way', ({ rounds }) => {
      const bar = rounds[0]?.bars[0]
      return bar?.state === 'upload' && bar.fraction > 0.3
    })
    proxy.reset()
    await proxy.refuse()
    await expect(page.getByText(/reconnecting/i).first()).toBeVisible({ timeout: 20_000 })
    await coordinator.until('the loss', ({ clients }) => clients[0]?.state === 'reconnecting')
    await proxy.heal()
    const end = await coordinator.until('the end', ({ job }) => job.state === 'finished', 90_000)
    expect(end.clients.map((client) => client.id)).toEqual([id])
    expect(end.rounds.filter((round) => round.kind === 'train').map((round) => round.updates)).toEqual([1, 1])
    expect(end.job.sessionsResumed).toBe(1)
    // Both updates were begun at their first byte once, and no more: what was held was not sent again.
    expect(offsets.filter((offset) => offset === 0)).toHaveLength(2)
    expect(offsets.length).toBeLessThanOrEqual(40)
  } finally {
    await proxy.close()
  }
})
