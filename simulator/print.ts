/** A simulation's report for people and for spreadsheets. */

import type { Progress } from '../server/cli/progress-bar.ts'
import { textTable } from '../server/cli/text-table.ts'
import { metricInfo } from '../shared/jobs/metrics.ts'
import type { SimulatedRound, SimulationReport } from './report.ts'
import type { SimulationProgress } from './simulate.ts'

/** Failures that are told one by one. */
const FAILURES_SHOWN = 5

export function tableOf(report: SimulationReport): string {
  const { rounds, failures, settings, clients, threads, data, clientsPerSecond, wallSeconds } = report
  const names = settings.metrics
  const head = ['round', 'loss', ...names, 'updates', 'failed', 'time']
  const body = rounds.map(({ round, loss, metrics, updates, failed, seconds }) => [
    String(round),
    loss === null ? '–' : loss.toFixed(4),
    ...names.map((name) => shown(name, metrics[name])),
    String(updates),
    String(failed),
    seconds === null ? '–' : `${seconds.toFixed(2)} s`,
  ])
  const told = failures
    .slice(0, FAILURES_SHOWN)
    .map(({ round, client, how, reason }) => `round ${round}, ${client}: ${how}: ${reason}`)
  const more = failures.length - told.length
  const on = `${threads} thread${threads === 1 ? '' : 's'}`
  const sum = `${clients} clients on ${on} with ${data}: ${clientsPerSecond.toFixed(1)} clients a second, ${wallSeconds.toFixed(1)} s in all`
  return [
    textTable(head, body),
    ...(told.length > 0 ? ['', ...told] : []),
    ...(more > 0 ? [`and ${more} more`] : []),
    '',
    sum,
  ].join('\n')
}

/** A row for each round, with the names of its columns first. */
export function csvOf({ rounds, settings }: SimulationReport): string {
  const cells = ({ round, version, loss, metrics, updates, examples, failed, seconds }: SimulatedRound) => [
    round,
    version,
    loss,
    ...settings.metrics.map((name) => metrics[name]),
    updates,
    examples,
    failed,
    seconds,
  ]
  const head = ['round', 'version', 'loss', ...settings.metrics, 'updates', 'examples', 'failed', 'seconds']
  return [head, ...rounds.map(cells)].map((row) => `${row.map((cell) => cell ?? '').join(',')}\n`).join('')
}

export function progressOf({ job, clients, updates, seconds, metric }: SimulationProgress): Progress {
  const { round, rounds } = job
  const name = job.metrics[0] ?? ''
  const known = metric === null ? '' : `, ${name} ${shown(name, metric)}`
  const speed = seconds > 0 ? `, ${(updates / seconds).toFixed(1)} clients a second` : ''
  return { done: round / rounds, round, text: `round ${round} of ${rounds}, ${clients} clients${known}${speed}` }
}

/** Shares of examples as percentages, other numbers as they are. */
function shown(name: string, value: number | undefined): string {
  if (value === undefined) return '–'
  return metricInfo(name)?.unit === 'share' ? `${(value * 100).toFixed(2)} %` : value.toFixed(4)
}
