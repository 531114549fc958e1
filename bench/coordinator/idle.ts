/**
 * What a client costs that only waits: growth of the coordinator's resident memory by so many more clients that have said hello
 * to a job that is held, over their number. Before that, others have joined and stayed, so that code, caches and the young
 * generation are where they will be; both looks come after a rest and two collections by force. A bare Socket.IO server
 * is measured in the same way.
 */
import type { Row } from '../benchmark.ts'
import { Crowd } from './crowd.ts'
import { Host, type Memory } from './host.ts'

const FIRST = 300

interface Cost {
  /** Bytes a client. */
  readonly resident: number
  readonly live: number
  readonly failed: number
}

export async function idle(clients: number): Promise<Row[]> {
  const bare = await cost(await Host.bare(), clients, false)
  const held = { demoData: { source: 'none' as const }, validationSplit: 0, autoStart: false, minClients: clients }
  const ours = await cost(await Host.coordinator(held), clients, true)
  const name = `${clients} idle clients`
  const row = (metric: string, of: 'resident' | 'live'): Row => ({
    case: name,
    metric,
    value: ours[of] / 1e3,
    unit: 'KB',
    baseline: 'bare Socket.IO',
    baselineValue: bare[of] / 1e3,
    ratio: bare[of] / ours[of],
  })
  return [
    row('resident memory a client', 'resident'),
    row('of it alive: heap and buffers', 'live'),
    { case: name, metric: 'clients that failed', value: ours.failed + bare.failed, unit: '' },
  ]
}

async function cost(host: Host, clients: number, hello: boolean): Promise<Cost> {
  const crowd = new Crowd()
  try {
    await crowd.join(host.url, FIRST, hello)
    const before = await host.memory()
    await crowd.join(host.url, clients, hello)
    const after = await host.memory()
    const each = (of: keyof Memory) => (after[of] - before[of]) / clients
    return { resident: each('resident'), live: each('live'), failed: await crowd.failed() }
  } finally {
    await crowd.end()
    await host.end()
  }
}
