/** One round as a timeline: the open one as it happens, or a past one chosen from the strip. */
import { BarsLost } from './bars-lost.tsx'
import { now } from './clock.ts'
import { resumedAt } from './faults.ts'
import { RoundLegend } from './round-legend.tsx'
import { RoundStrip } from './round-strip.tsx'
import { RoundTimeline } from './round-timeline.tsx'
import { job, rounds, selectedRound } from './store.ts'
import { roundSentence, roundTitle } from './words.ts'

const PILL = { open: 'river', committing: 'river', committed: '', abandoned: 'warm' } as const

export function RoundPanel() {
  const rows = rounds.value
  const chosen = rows.findIndex((row) => row.key === selectedRound.value)
  const at = chosen === -1 ? rows.length - 1 : chosen
  const round = rows[at]
  if (round === undefined) {
    return (
      <section class="panel">
        <h2>Round</h2>
        <p class="caption">No round has begun. It shows here as it happens: one bar per client.</p>
      </section>
    )
  }
  const before = rows.slice(0, at).findLast((row) => row.kind === round.kind && row.state === 'committed')
  // An ended round does not depend on the time: reading the clock would draw it again for nothing.
  const time = round.endedAt ?? now.value
  const restartedAt = resumedAt(round, job.value?.config)
  return (
    <section class="panel round" id="round" tabIndex={-1} aria-labelledby="round-title">
      <div class="panel-head">
        <h2 id="round-title">{roundTitle(round)}</h2>
        <span class={`pill ${PILL[round.state]}`}>{round.state}</span>
        <span class="small">{roundSentence(round, time)}</span>
      </div>
      {restartedAt !== null && (
        <p class="small" data-testid="went-on">
          The coordinator was restarted in the middle of this round, and the round went on with the same clients.
        </p>
      )}
      {round.bars.length === 0 ? (
        <BarsLost round={round} />
      ) : (
        <>
          <p class="caption">
            Each bar is one client. When its update is counted, it flows into the new version at the right.
          </p>
          <RoundTimeline round={round} before={before} time={time} restartedAt={restartedAt} />
          <RoundLegend />
        </>
      )}
      {rows.length > 1 && <RoundStrip rows={rows} shown={round.key} />}
    </section>
  )
}
