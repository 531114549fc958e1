/** A job that was stopped or has failed: why, and what that means for this tab. */

import type { JobInfo } from '../../../../shared/protocol/participant.ts'
import { bytes, plural } from '../../../ui/format.ts'
import type { Contribution } from '../../view.ts'

export function Ended({ job, contribution }: { job: JobInfo; contribution: Contribution }) {
  const failed = job.state === 'failed'
  return (
    <section class="finished stack" data-testid="ended">
      <h1 class="figure">{failed ? 'The job failed' : 'The job was stopped'}</h1>
      <p>
        {job.reason || (failed ? 'The coordinator gave no reason.' : 'Whoever runs it ended it before its last round.')}
      </p>
      <p class="soft">
        {job.round} of {plural(job.rounds, 'round')} were done
        {contribution.rounds > 0
          ? `, ${contribution.rounds} with your part in it (${bytes(contribution.bytesUp)} sent)`
          : ''}
        . This tab computes nothing now; you may close it, or keep it open in case the job is started again.
      </p>
    </section>
  )
}
