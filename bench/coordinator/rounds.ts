/** Rounds of ever more clients: how fast updates come in, how soon a round closes, and what memory it takes meanwhile. */
import { layoutDigest, RawClient } from '../../e2e/raw/client.ts'
import { mlp } from '../../shared/jobs/models.ts'
import type { Row } from '../benchmark.ts'
import { median } from '../interleave.ts'
import { Crowd } from './crowd.ts'
import { Host } from './host.ts'

const WARM_UP = 3
const LOOK_MS = 20

/** The model of the built-in job: 25,450 parameters, an update of 0.1 MB, one chunk. */
const [INPUTS, HIDDEN, CLASSES] = [784, 32, 10] as const
const ELEMENTS = (INPUTS + 1) * HIDDEN + (HIDDEN + 1) * CLASSES

interface Played {
  readonly ms: number
  readonly peak: number
  readonly settledMs: readonly number[]
  readonly toldMs: readonly number[]
}

export async function rounds(clients: number, turns: number): Promise<Row[]> {
  const host = await Host.coordinator({
    model: { topology: { ...mlp(INPUTS, [HIDDEN], CLASSES) } },
    demoData: { source: 'none' },
    validationSplit: 0,
    autoStart: false,
    rounds: 1,
    minClients: clients,
  })
  const crowd = new Crowd()
  try {
    await crowd.join(host.url, clients)
    const layout = await layoutOf(host.url)
    const idle = await host.memory()
    const played: Played[] = []
    for (let round = 1; round <= WARM_UP + turns; round++) {
      const one = await play(host, crowd, round, layout)
      if (round > WARM_UP) played.push(one)
    }
    return rows(clients, played, idle.resident, await crowd.failed())
  } finally {
    await crowd.end()
    await host.end()
  }
}

async function play(host: Host, crowd: Crowd, round: number, layout: string): Promise<Played> {
  let peak = 0
  const look = () => {
    peak = Math.max(peak, host.child.residentBytes())
  }
  const looking = setInterval(look, LOOK_MS)
  let since = 0
  try {
    const { committedAt, settledAt, toldAt } = await crowd.play(round, layout, ELEMENTS, () => {
      since = performance.timeOrigin + performance.now()
      return host.command(round === 1 ? 'start' : 'more', round === 1 ? {} : { rounds: 1 })
    })
    return {
      ms: Math.max(...settledAt) - since,
      peak,
      settledMs: settledAt.map((at) => at - committedAt),
      toldMs: toldAt.map((at) => at - committedAt),
    }
  } finally {
    clearInterval(looking)
  }
}

function rows(clients: number, played: readonly Played[], idle: number, failed: number): Row[] {
  const name = `${clients} clients, ${played.length} rounds`
  const settled = played.flatMap((one) => one.settledMs)
  const told = played.flatMap((one) => one.toldMs)
  const peak = Math.max(...played.map((one) => one.peak))
  const row = (metric: string, value: number, unit: string): Row => ({ case: name, metric, value, unit })
  return [
    row('updates', median(played.map(({ ms }) => (clients / ms) * 1000)), 'a second'),
    row('last commit sent → settled, p50', quantile(settled, 0.5), 'ms'),
    row('last commit sent → settled, p99', quantile(settled, 0.99), 'ms'),
    row('last commit sent → job told, p50', quantile(told, 0.5), 'ms'),
    row('last commit sent → job told, p99', quantile(told, 0.99), 'ms'),
    row('memory above idle in a round, most', (peak - idle) / 1e6, 'MB'),
    row('bytes of all updates of a round', (clients * ELEMENTS * 4) / 1e6, 'MB'),
    row('clients that failed', failed, ''),
  ]
}

function quantile(values: readonly number[], q: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? Number.NaN
}

/** As a client learns it; it leaves again before the rounds begin. */
async function layoutOf(url: string): Promise<string> {
  const client = new RawClient(url)
  try {
    await client.hello({ available: false })
    const { model } = (await (await fetch(`${url}/api/job`)).json()) as { model: string }
    return layoutDigest(await client.manifest(model))
  } finally {
    await client.ask('availability', { available: false, leave: true })
    client.close()
  }
}
