/** What this job is, in its owner's words, and with whom. */

import type { JobInfo } from '../../../shared/protocol/participant.ts'
import { count, plural } from '../../ui/format.ts'
import './intro.css'

export function Intro({ job }: { job: JobInfo }) {
  return (
    <section class="intro stack">
      <h1 class="figure" data-testid="job-name">
        {job.name}
      </h1>
      {job.description ? <p>{job.description}</p> : null}
      <p class="soft">
        {company(job)} It takes {plural(job.rounds, 'round')}
        {job.round > 0 ? `; ${count(job.round)} are done` : ''}.
      </p>
      <details>
        <summary>How does this work?</summary>
        <p>
          In each round every tab gets the same model and trains it for a short while on examples of its own. What it
          sends back is how the model’s numbers changed. The coordinator averages these changes into the next model;
          this is called federated learning. Nobody hands over their examples.
        </p>
      </details>
    </section>
  )
}

function company(job: JobInfo): string {
  if (job.clients === 0) return 'Nobody else is here yet.'
  return job.clients === 1 ? 'One other is here.' : `${count(job.clients)} others are here.`
}
