/** What a member sees first: the round, what the tab is doing, and the way to stop it. */
import type { JobInfo } from '../../../../shared/protocol/participant.ts'
import { count, roughly } from '../../../ui/format.ts'
import type { Participant, ParticipantView } from '../../view.ts'
import { standingOf } from '../standing.ts'
import { Contributed } from './contributed.tsx'
import { Controls } from './controls.tsx'
import { Gathering } from './gathering.tsx'
import { RoundBar } from './round-bar.tsx'
import './now.css'

function sparedOf({ spared, battery, limits }: ParticipantView) {
  if (!spared.value || !battery.value) return null
  return { percent: Math.floor(battery.value.level * 100), limit: limits.value.battery }
}

export function Now({ participant, job }: { participant: Participant; job: JobInfo }) {
  const { view } = participant
  const work = view.work.value
  const standing = standingOf({
    job,
    membership: view.membership.value,
    connection: view.connection.value,
    lostAt: view.lostAt.value,
    notice: view.notice.value,
    ineligible: view.ineligible.value,
    work,
    spared: sparedOf(view),
  })
  const rate = work.kind === 'task' ? work.examplesPerSecond : null
  const left = work.kind === 'task' ? work.secondsLeft : null
  const jobLeft = view.jobLeft.value
  const gathering = job.state === 'waiting'
  return (
    <section class="now">
      {gathering ? (
        <Gathering job={job} />
      ) : (
        <>
          <h1 class="figure" data-testid="round">
            Round {count(Math.min(job.round + 1, job.rounds))} <span class="now-of">of {count(job.rounds)}</span>
            {jobLeft === null ? null : (
              <span class="now-left" data-testid="job-left">
                {roughly(jobLeft)} left
              </span>
            )}
          </h1>
          <RoundBar job={job} work={work} />
        </>
      )}
      <div class="now-doing">
        <div>
          <p class={standing.halted ? 'now-halted' : ''}>
            <strong data-testid="phase">{standing.title}</strong>
          </p>
          {standing.detail ? <p class="small soft">{standing.detail}</p> : null}
        </div>
        {gathering || standing.halted ? null : (
          // Kept in place while there is no rate, so that nothing moves when there is one again.
          <p class="now-rate soft">
            <span data-testid="rate">{rate === null ? '–' : count(rate)}</span> examples/s
            {left === null ? null : <span data-testid="task-left"> · {roughly(left * 1000)} left</span>}
          </p>
        )}
      </div>
      <div class="now-foot">
        <Contributed contribution={view.contribution.value} />
        <Controls participant={participant} />
      </div>
    </section>
  )
}
