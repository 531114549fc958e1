import type { DashboardSnapshot, RoundRow, VersionRow } from '../../shared/protocol/dashboard.ts'
import { textTable } from './text-table.ts'

export interface DemoRound {
  readonly round: number
  readonly version: number
  readonly accuracy: number | null
  readonly loss: number | null
  readonly updates: number
  readonly bytesUp: number
  readonly bytesDown: number
  readonly ms: number
}

/** The demo's outcome: the one object that --json prints. */
export interface DemoReport {
  readonly job: string
  readonly backend: string
  readonly adapter: string
  readonly clients: number
  readonly data: string
  readonly rounds: readonly DemoRound[]
  readonly finalAccuracy: number | null
  readonly wallMs: number
}

export function reportOf(board: DashboardSnapshot, data: string, clients: number, wallMs: number): DemoReport {
  const rounds = board.rounds
    .filter((row) => row.kind === 'train' && row.state === 'committed')
    .map((row) =>
      demoRound(
        row,
        board.versions.find((v) => v.version === row.version),
      ),
    )
  const distinct = (values: string[]) => [...new Set(values)].join(' + ')
  return {
    job: board.job.id,
    backend: distinct(board.clients.map((c) => c.backend)),
    adapter: distinct(board.clients.map((c) => c.adapter)),
    clients,
    data,
    rounds,
    finalAccuracy: rounds.at(-1)?.accuracy ?? null,
    wallMs,
  }
}

function demoRound(row: RoundRow, version: VersionRow | undefined): DemoRound {
  const score = version?.test ?? version?.clients
  return {
    round: row.round,
    version: row.version ?? 0,
    accuracy: score?.metrics.accuracy ?? null,
    loss: score?.loss ?? null,
    updates: row.updates,
    bytesUp: row.bytesUp,
    bytesDown: row.bytesDown,
    ms: (row.endedAt ?? row.startedAt) - row.startedAt,
  }
}

/** The report as a table for people. */
export function tableOf({ rounds, finalAccuracy, backend, adapter, clients, data, wallMs }: DemoReport): string {
  const head = ['round', 'version', 'accuracy', 'loss', 'updates', 'up', 'down', 'time']
  const body = rounds.map((r) => [
    String(r.round),
    String(r.version),
    r.accuracy === null ? '–' : `${(r.accuracy * 100).toFixed(1)} %`,
    r.loss === null ? '–' : r.loss.toFixed(4),
    String(r.updates),
    `${(r.bytesUp / 1e6).toFixed(2)} MB`,
    `${(r.bytesDown / 1e6).toFixed(2)} MB`,
    `${(r.ms / 1000).toFixed(1)} s`,
  ])
  const accuracy = finalAccuracy === null ? 'unknown' : `${(finalAccuracy * 100).toFixed(1)} %`
  const sum = `${clients} tabs on ${backend} (${adapter}) with ${data}: final accuracy ${accuracy} in ${(wallMs / 1000).toFixed(0)} s`
  return [textTable(head, body), '', sum].join('\n')
}
