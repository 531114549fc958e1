/** A job whose examples only a program of somebody's own knows: the page shows it, and cannot take part. */

import { describe } from '../../../shared/datasets/schema.ts'
import type { JobInfo } from '../../../shared/protocol/participant.ts'
import type { ParticipantView } from '../view.ts'
import { Curves } from './curves/curves.tsx'
import { Intro } from './intro.tsx'
import './for-programs.css'

export function ForPrograms({ view, job }: { view: ParticipantView; job: JobInfo }) {
  return (
    <>
      <Intro job={job} />
      <section class="for-programs stack" data-testid="for-programs">
        <h2>Programs take part here</h2>
        <p>
          This job trains on {describe(job.data)}, which this page cannot read. A program takes part in it through the
          Client API; whoever sent you this link has one. You may watch from here.
        </p>
      </section>
      <div class="section">
        <Curves view={view} job={job} />
      </div>
    </>
  )
}
