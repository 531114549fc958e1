/** The job's first metric and the loss, one's own and everyone's, with the same numbers as a table. */
import { useSignal } from '@preact/signals'
import type { JobInfo } from '../../../../shared/protocol/participant.ts'
import { percent } from '../../../ui/format.ts'
import { formatMetric, infoOf, isShare, titleOf } from '../../../ui/metric-words.ts'
import type { ParticipantView } from '../../view.ts'
import { Curve } from './curve.tsx'
import { niceStep, type Row, rowsOf, ticksTo, windowStart } from './points.ts'
import { CurveTable } from './table.tsx'
import './curves.css'

const SHARES = [0, 0.25, 0.5, 0.75, 1]

export function Curves({ view, job }: { view: ParticipantView; job: JobInfo }) {
  const cursor = useSignal<number | null>(null)
  const points = view.curve.value
  const rows = rowsOf(job.history, points)
  if (rows.length === 0) {
    return <p class="soft curves-none">The curves begin with the first round.</p>
  }
  const latest = Math.max(points.at(-1)?.at ?? 0, job.history.at(-1)?.version ?? 0)
  const { left, span } = windowStart(job.rounds, latest)
  const step = Math.max(1, niceStep(span, 6))
  const [name = ''] = job.settings.metrics
  const format = (value: number) => formatMetric(name, value)
  const values = [...points.map((p) => p.metric), ...job.history.map((v) => v.metric)].filter((value) => value !== null)
  const losses = [...points.map((p) => p.loss), ...job.history.map((v) => v.loss ?? 0)]
  const shared = {
    left,
    span,
    rows,
    cursor,
    xTicks: Array.from({ length: Math.floor((left + span) / step) + 1 }, (_, i) => i * step),
  }
  return (
    <div class="curves">
      <Curve
        {...shared}
        title={titleOf(name)}
        hint={infoOf(name).hint}
        testid="metric"
        mine={points.flatMap((p) => (p.metric === null ? [] : [{ x: p.at, y: p.metric }]))}
        everyone={job.history.flatMap((v) => (v.metric === null ? [] : [{ x: v.version, y: v.metric }]))}
        format={format}
        formatTick={isShare(name) ? (tick) => percent(tick, 0) : String}
        yTicks={isShare(name) ? SHARES : ticksTo(Math.max(0.1, ...values), 4)}
        tell={(row) => tell(row, 'metric', format)}
      />
      <Curve
        {...shared}
        title="Loss"
        hint="how wrong its guesses are; lower is better"
        testid="loss"
        mine={points.map((p) => ({ x: p.at, y: p.loss }))}
        everyone={job.history.flatMap((v) => (v.loss === null ? [] : [{ x: v.version, y: v.loss }]))}
        format={(value) => value.toFixed(value < 0.1 ? 3 : 2)}
        formatTick={String}
        yTicks={ticksTo(Math.max(0.1, ...losses.filter(Number.isFinite)), 4)}
        tell={(row) => tell(row, 'loss', (value) => value.toFixed(3))}
      />
      <details class="small">
        <summary>These numbers as a table</summary>
        <CurveTable rows={rows} metric={name} />
      </details>
    </div>
  )
}

function tell(row: Row, measure: 'metric' | 'loss', format: (value: number) => string): string {
  const mine = row.mine?.[measure] ?? null
  const all = row.everyone?.[measure] ?? null
  const parts = [mine === null ? '' : `you ${format(mine)}`, all === null ? '' : `all ${format(all)}`]
  const said = parts.filter((part) => part !== '').join(', ')
  return `${row.round === 0 ? 'before training' : `round ${row.round}`}: ${said || 'not measured'}`
}
