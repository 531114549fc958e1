/** The answer first: how good the model is, how far the job is, and what can be done about it. */
import { count, duration } from '../ui/format.ts'
import { formatChange, formatMetric, infoOf, titleOf } from '../ui/metric-words.ts'
import { second } from './clock.ts'
import { Commands } from './commands.tsx'
import { Curves } from './curves.tsx'
import { clients, job, mainMetric, rounds, versions } from './store.ts'
import { bestVersion, headline, present, timeLeft } from './summary.ts'
import { JOB_STATE, jobSentence } from './words.ts'

const PILL = {
  waiting: 'warm',
  running: 'river',
  pausing: 'warm',
  paused: 'warm',
  finished: 'river',
  stopped: '',
  failed: 'error',
} as const

export function Answer() {
  const row = job.value
  if (row === null) return null
  const sentence = jobSentence(row, present(clients.value))
  return (
    <section class="panel answer" aria-label="The job">
      <div class="answer-now">
        <p class="answer-state">
          <span class={`pill ${PILL[row.state]}`} data-testid="job-state" data-state={row.state}>
            {JOB_STATE[row.state]}
          </span>
        </p>
        {row.reason !== '' && <p class={row.state === 'failed' ? 'problem' : ''}>{row.reason}</p>}
        {sentence !== '' && <p class="caption">{sentence}</p>}
        <Figure />
        <Rounds />
        <Commands job={row} />
      </div>
      <Curves />
    </section>
  )
}

function Figure() {
  const head = headline(versions.value, mainMetric.value)
  if (head === null) {
    return (
      <div>
        <p class="figure" data-testid="metric-figure">
          –
        </p>
        <p class="caption">{titleOf(mainMetric.value)} shows here as soon as a version has been evaluated.</p>
      </div>
    )
  }
  const on =
    head.by === 'test'
      ? `${count(head.examples)} test examples of the coordinator’s own`
      : `${count(head.examples)} validation examples of the clients’ own`
  return (
    <div>
      <p class="figure" data-testid="metric-figure" data-value={head.value}>
        {formatMetric(head.metric, head.value)}
      </p>
      <p class="caption">
        {infoOf(head.metric).label} of version {head.version}, on {on}
        {head.before === null
          ? ''
          : ` · ${formatChange(head.metric, head.value - head.before.value)} since version ${head.before.version}`}
        {head.version === 0 && ' · not trained yet'}
        {bestVersion(versions.value, mainMetric.value) === head.version && head.version > 0 && ' · the best so far'}
      </p>
    </div>
  )
}

function Rounds() {
  const row = job.value
  if (row === null) return null
  const left = timeLeft(row, rounds.value)
  const ran = row.startedAt === null ? null : Math.max(0, (row.endedAt ?? second.value) - row.startedAt)
  return (
    <div class="rounds">
      <p data-testid="round-counter" data-round={row.round} data-rounds={row.rounds}>
        <b>{`${count(row.round)} of ${count(row.rounds)}`}</b> rounds committed
      </p>
      <div
        class="progress"
        role="progressbar"
        aria-label="Rounds committed"
        aria-valuemin={0}
        aria-valuemax={row.rounds}
        aria-valuenow={row.round}
      >
        <div style={{ width: `${row.rounds === 0 ? 0 : (row.round / row.rounds) * 100}%` }} />
      </div>
      <p class="small soft">
        {ran === null
          ? 'Not started yet'
          : `${row.endedAt === null ? 'Running for' : 'Took'} ${duration(Math.max(ran, 1000))}`}
        {left !== null && ` · about ${duration(Math.max(left, 1000))} left`}
      </p>
    </div>
  )
}
