import { collectDefaultMetrics, Gauge, Registry } from 'prom-client'
import type { DashboardSnapshot } from '../../shared/protocol/dashboard.ts'

/** Prometheus' metrics. Everything of a job is read off the board when it is asked for. */
export function createMetrics(snapshot: () => DashboardSnapshot): Registry {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
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
  const latest = ({ versions }: DashboardSnapshot) => versions.filter((v) => v.test ?? v.clients).at(-1)
  gauge('rounds_planned', 'Rounds that the job is to have.', (b) => b.job.rounds)
  gauge('rounds_committed', 'Rounds that were committed.', (b) => b.job.round)
  gauge(
    'rounds_abandoned',
    'Attempts at rounds that were abandoned, of the latest 200.',
    (b) => b.rounds.filter((r) => r.state === 'abandoned').length,
  )
  gauge('clients', 'Clients that are there.', (b) => b.clients.filter((c) => c.state !== 'gone').length)
  gauge('upload_bytes', 'Bytes of updates that counted.', (b) => b.job.bytesUp)
  gauge('download_bytes', 'Bytes of models that clients fetched.', (b) => b.job.bytesDown)
  gauge('model_accuracy', 'Accuracy of the latest evaluated version, 0 to 1.', (b) => {
    const version = latest(b)
    return (version?.test ?? version?.clients)?.accuracy ?? 0
  })
  const dropouts: Gauge<string> = new Gauge({
    name: 'tributary_dropouts',
    help: 'Tasks that ended without counting, by reason.',
    registers: [registry],
    labelNames: ['job', 'reason'],
    collect: () => {
      const { job } = snapshot()
      dropouts.reset()
      for (const [reason, n] of Object.entries(job.dropouts)) dropouts.set({ job: job.id, reason }, n)
    },
  })
  return registry
}
