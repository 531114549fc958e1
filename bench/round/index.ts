/**
 * A round of 50 clients that answer at once, each with an update of 1 MiB, against moving the same bytes in the same chunks
 * to a server that only acknowledges them. Both servers are processes of their own; the clients are all in this one. A
 * round begins with the command and ends when every client knows that the version is durable. Whose turn is first changes
 * from turn to turn; beside wall time stands each server's processor time, which the machine's other work does not touch.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startCoordinator } from '../../e2e/coordinator-process.ts'
import { beginFor, layoutDigest, type RawBegin, RawClient, type RawTask, updateBytes } from '../../e2e/raw/client.ts'
import { mlp } from '../../shared/jobs/models.ts'
import type { Benchmark, Row } from '../benchmark.ts'
import { median } from '../interleave.ts'
import { BareServer } from './bare.ts'
import { processorMs } from './processor.ts'

const CLIENTS = 50
const TURNS = 12
const WARM_UP = 3
const CHUNK = 256 * 1024
const WINDOW = 4

/** 1023 · 256 + 256 values: 1 MiB. */
const MODEL = { width: 1023, classes: 256 }

export const round: Benchmark = {
  about: `a round of ${CLIENTS} clients that answer at once with 1 MiB each, against moving the bytes alone`,
  async run(): Promise<Row[]> {
    const folder = mkdtempSync(join(tmpdir(), 'tributary-bench-'))
    const bare = await BareServer.start()
    const coordinator = await startCoordinator({ folder, job: job() })
    const clients: RawClient[] = []
    const movers: RawClient[] = []
    try {
      const bytes = updateBytes(new Float32Array(MODEL.width * MODEL.classes + MODEL.classes).fill(1e-3))
      for (let i = 0; i < CLIENTS; i++) {
        const client = new RawClient(coordinator.url)
        await client.hello()
        clients.push(client)
        movers.push(new RawClient(bare.url))
      }
      await coordinator.until('all clients', (board) => board.clients.length === CLIENTS)
      const [first] = clients as [RawClient]
      const { model } = (await (await fetch(`${coordinator.url}/api/job`)).json()) as { model: string }
      const begin = beginFor('', layoutDigest(await first.manifest(model)), bytes)

      const ours: Turn[] = []
      const theirs: Turn[] = []
      const moveAll = () => timed(bare.pid, () => Promise.all(movers.map((mover) => move(mover, bytes))))
      const playRound = (number: number) =>
        timed(coordinator.pid, async () => {
          const answered = clients.map((client) => answer(client, number, begin, bytes))
          await coordinator.command(number === 1 ? 'start' : 'more', number === 1 ? {} : { rounds: 1 })
          await Promise.all(answered)
        })
      for (let turn = 1; turn <= WARM_UP + TURNS; turn++) {
        const bareFirst = turn % 2 === 0 ? await moveAll() : null
        const ourTurn = await playRound(turn)
        const bareTurn = bareFirst ?? (await moveAll())
        if (turn <= WARM_UP) continue
        theirs.push(bareTurn)
        ours.push(ourTurn)
      }
      return rows(ours, theirs, bytes.length)
    } finally {
      for (const client of [...clients, ...movers]) client.close()
      await coordinator.end()
      await bare.end()
      rmSync(folder, { recursive: true, force: true })
    }
  },
}

function job() {
  const { width, classes } = MODEL
  return {
    model: { topology: { ...mlp(width, [], classes) } },
    data: { width, height: 1, channels: 1, classes: Array.from({ length: classes }, (_, i) => `${i}`) },
    demoData: { source: 'none' as const },
    validationSplit: 0,
    autoStart: false,
    rounds: 1,
    minClients: CLIENTS,
  }
}

/** From the task to the news that the version is durable. */
async function answer(client: RawClient, round: number, begin: RawBegin, bytes: Uint8Array): Promise<void> {
  const { taskId } = await client.task((task: RawTask) => task.round === round)
  await client.upload({ ...begin, taskId }, bytes, WINDOW)
  await client.until<{ taskId: string }>('task:settled', (settled) => settled.taskId === taskId)
  client.forget()
}

/** The same chunks, in the same window. */
async function move(mover: RawClient, bytes: Uint8Array): Promise<void> {
  const flying: Promise<unknown>[] = []
  for (let at = 0; at < bytes.length; at += CHUNK) {
    flying.push(mover.ask('update:chunk', { taskId: 'none', offset: at, data: bytes.slice(at, at + CHUNK) }))
    if (flying.length >= WINDOW) await flying.shift()
  }
  await Promise.all(flying)
}

interface Turn {
  readonly wallMs: number
  /** Of the server. */
  readonly processorMs: number
}

async function timed(pid: number, work: () => Promise<unknown>): Promise<Turn> {
  const [since, spent] = [performance.now(), processorMs(pid)]
  await work()
  return { wallMs: performance.now() - since, processorMs: processorMs(pid) - spent }
}

function rows(ours: readonly Turn[], theirs: readonly Turn[], bytes: number): Row[] {
  const baseline = 'bare Socket.IO'
  const name = `${CLIENTS} clients × ${(bytes / 2 ** 20).toFixed(0)} MiB`
  const row = (metric: string, unit: string, of: (turn: Turn) => number, least: boolean): Row => {
    const [own, bare] = [ours.map(of), theirs.map(of)]
    // The median of the ratios of turns that stood side by side, not the ratio of medians.
    const times = median(own.map((value, i) => value / (bare[i] ?? Number.NaN)))
    const ratio = least ? 1 / times : times
    return { case: name, metric, value: median(own), unit, baseline, baselineValue: median(bare), ratio }
  }
  const wall = row('a round', 'ms', (turn) => turn.wallMs, true)
  return [
    wall,
    row('bytes moved', 'GB/s', (turn) => (CLIENTS * bytes) / turn.wallMs / 1e6, false),
    row('processor time of the server', 'ms', (turn) => turn.processorMs, true),
    { case: name, metric: 'time against bare', value: 1 / (wall.ratio ?? Number.NaN), unit: '×' },
  ]
}
