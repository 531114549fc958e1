/** While training, out of the way: one's data, what computes, and once more what leaves the tab. */
import type { PageJob } from '../page-job.ts'
import type { Participant } from '../view.ts'
import { Preview } from './data/preview.tsx'
import { BackendLine } from './join/backend.tsx'
import { LimitMenus } from './join/limits.tsx'
import { Trials } from './join/trials.tsx'
import { Leaves } from './leaves.tsx'
import './mine.css'

export function Mine({ participant, job }: { participant: Participant; job: PageJob }) {
  const { view } = participant
  const backend = view.backend.value
  return (
    <section class="mine" aria-label="Your part">
      {backend.status === 'ready' ? <BackendLine report={backend.report} /> : null}
      <details>
        <summary>How much it may use</summary>
        <div class="stack">
          <LimitMenus participant={participant} />
        </div>
      </details>
      <details>
        <summary>Your data</summary>
        <Preview view={view} job={job} wanted />
      </details>
      {backend.status === 'ready' && backend.report.trials.length > 0 ? (
        <details>
          <summary>Why it computes this way</summary>
          <Trials trials={backend.report.trials} />
        </details>
      ) : null}
      <details>
        <summary>What stays, what leaves</summary>
        <Leaves job={job} />
      </details>
    </section>
  )
}
