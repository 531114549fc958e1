/**
 * The job's rounds as a bar. The one that runs fills in the warm colour of one's own work; once
 * committed it takes the river's.
 */
import type { JobInfo } from '../../../../shared/protocol/participant.ts'
import type { Work } from '../../view.ts'
import { wayOf } from '../standing.ts'
import './round-bar.css'

/** With more rounds than this, single ones are too thin to see. */
const MAX_CELLS = 50

export function RoundBar({ job, work }: { job: JobInfo; work: Work }) {
  const way = wayOf(work)
  const cells = job.rounds <= MAX_CELLS ? Array.from({ length: job.rounds }, (_, i) => i) : null
  return (
    <div
      class="rounds"
      role="progressbar"
      aria-label="Rounds done"
      aria-valuemin={0}
      aria-valuemax={job.rounds}
      aria-valuenow={job.round}
    >
      {cells ? (
        cells.map((i) => (
          <span key={i} class={`rounds-cell ${i < job.round ? 'rounds-done' : ''}`}>
            {i === job.round ? <span class="rounds-own" style={{ width: `${way * 100}%` }} /> : null}
          </span>
        ))
      ) : (
        <span class="rounds-cell">
          <span class="rounds-own rounds-all" style={{ width: `${(100 * job.round) / job.rounds}%` }} />
        </span>
      )}
    </div>
  )
}
