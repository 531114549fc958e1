/** Before training: how many are here of those whom the job waits for, as a figure and as places to fill. */
import type { JobInfo } from '../../../../shared/protocol/participant.ts'
import { count } from '../../../ui/format.ts'
import './gathering.css'

/** More places than this are too many to show one by one. */
const MAX_PLACES = 60

export function Gathering({ job }: { job: JobInfo }) {
  const places = Array.from({ length: job.minClients <= MAX_PLACES ? job.minClients : 0 }, (_, i) => i)
  return (
    <>
      <h1 class="figure" data-testid="gathering">
        {count(job.clients)} of {count(job.minClients)} <span class="now-of">are here</span>
      </h1>
      <div class="gathering" aria-hidden="true">
        {places.map((i) => (
          <span key={i} class={i < job.clients ? 'gathering-taken' : ''} />
        ))}
      </div>
    </>
  )
}
