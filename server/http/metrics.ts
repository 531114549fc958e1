import { Counter, collectDefaultMetrics, Gauge, Registry } from 'prom-client'
import type { DashboardSnapshot } from '../../shared/protocol/dashboard.ts'
import type { Vitals } from './services.ts'

/** Prometheus' metrics. Everything is read when it is asked for: of a job off the board, of the coordinator off `vitals`. */
export function createMetrics(snapshot: () => DashboardSnapshot, vitals?: Vitals): Registry {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  /** A number for each value of a label. */
  const gauges = (
    name: string,
    help: string,
    label: string,
    read: (board: DashboardSnapshot) => Readonly<Record<string, number>>,
  ) => {
    const metric: Gauge<string> = new Gauge({
      name: `tributary_${name}`,
      help,
      registers: [registry],
      labelNames: ['job', label],
      collect: () => {
        const board = snapshot()
        metric.reset()
        for (const [value, n] of Object.entries(read(board))) metric.set({ job: board.job.id, [label]: value }, n)
      },
    })
  }
  const gauge = (name: string, help: string, read: (board: DashboardSnapshot) => number) => {
    const metric: Gauge<string> = new Gauge({
      name: `tributary_${name}`,
      help,
      registers: [registry],
      labelNames: ['job'],
      collect: () => {
        const board = snapshot()
        metric.reset()
        metric.set({ job: board.job.id }, read(board))
      },
    })
  }
  gauge('rounds_planned', 'Rounds that the job is to have.', (b) => b.job.rounds)
  gauge('rounds_committed', 'Rounds that were committed.', (b) => b.job.round)
  gauge('clients', 'Clients that are there.', (b) => b.clients.filter((c) => c.state !== 'gone').length)
  gauge('upload_bytes', 'Bytes of updates that counted.', (b) => b.job.bytesUp)
  gauge('download_bytes', 'Bytes of models that clients fetched.', (b) => b.job.bytesDown)
  gauges(
    'model_metric',
    'The job’s metrics, and its loss, of the latest evaluated version, on test data or on the clients’ own.',
    'metric',
    ({ versions }) => {
      const latest = versions.findLast((v) => v.test ?? v.clients)
      const score = latest?.test ?? latest?.clients
      return { ...score?.metrics, ...(score?.loss == null ? {} : { loss: score.loss }) }
    },
  )
  gauges(
    'rounds_abandoned',
    'Attempts at rounds that were abandoned, of the latest 200: at their deadline, or early, since the minimum could not be reached, the job was stopped or the store failed.',
    'when',
    ({ rounds }) => {
      const ended = rounds.filter((r) => r.state === 'abandoned')
      const late = ended.filter((r) => r.endedAt !== null && r.endedAt >= r.deadlineAt).length
      return { deadline: late, early: ended.length - late }
    },
  )
  gauges('dropouts', 'Tasks that ended without counting, by reason.', 'reason', (b) => ({ ...b.job.dropouts }))
  gauges('dropout_phases', 'The same tasks, by what their client was doing then.', 'phase', (b) => ({
    ...b.job.dropoutPhases,
  }))
  gauge('sessions_resumed', 'Connections that were lost and came back within the grace time.', (b) => {
    return b.job.sessionsResumed
  })
  if (vitals) addVitals(registry, vitals)
  return registry
}

function addVitals(registry: Registry, vitals: Vitals): void {
  const gauge = (name: string, help: string, read: () => { readonly [state: string]: number }) => {
    const metric: Gauge<string> = new Gauge({
      name: `tributary_${name}`,
      help,
      registers: [registry],
      labelNames: ['state'],
      collect: () => {
        for (const [state, n] of Object.entries(read())) metric.set({ state }, n)
      },
    })
  }
  gauge('sockets', 'Sockets.', () => ({ open: vitals.sockets() }))
  gauge('sessions', 'Sessions of clients, by what their connection does.', () => ({ ...vitals.sessions() }))
  gauge('uploads', 'Uploads: open, and waiting in line.', () => {
    const { uploads, waiting } = vitals.uploads()
    return { open: uploads, waiting }
  })
  gauge('uploads_bytes', 'Bytes of open uploads: declared, and held in memory.', () => {
    const { bytesInFlight, memoryBytes } = vitals.uploads()
    return { 'in-flight': bytesInFlight, 'in-memory': memoryBytes }
  })

  const counter = (name: string, help: string, label: string, read: () => Iterable<readonly [string, number]>) => {
    const metric: Counter<string> = new Counter({
      name: `tributary_${name}_total`,
      help,
      registers: [registry],
      labelNames: [label],
      collect: () => {
        metric.reset()
        for (const [value, n] of read()) metric.inc({ [label]: value }, n)
      },
    })
  }
  counter('refusals', 'Requests, events and connections that were refused.', 'code', vitals.refusals)
  counter('cut_offs', 'Clients that were cut off.', 'code', vitals.cutOffs)
}
