/** The end: thanks, one's part, and the model to take along. The pad and the curves stay below. */

import type { JobInfo } from '../../../../shared/protocol/participant.ts'
import { bytes, percent, plural } from '../../../ui/format.ts'
import { formatMetric, infoOf } from '../../../ui/metric-words.ts'
import type { Contribution } from '../../view.ts'
import './finished.css'

export function Finished({ job, contribution }: { job: JobInfo; contribution: Contribution }) {
  const [metric = ''] = job.settings.metrics
  const value = job.history.findLast((entry) => entry.metric !== null)?.metric ?? null
  const rounds = contribution.rounds
  return (
    <section class="finished stack" data-testid="finished">
      <h1 class="figure">{rounds > 0 ? 'Done. Thank you.' : 'This job is done.'}</h1>
      <p>
        {rounds > 0
          ? `You contributed to ${rounds} of ${plural(job.rounds, 'round')}, and sent ${bytes(contribution.bytesUp)} of weight differences. `
          : `It took ${plural(job.round, 'round')}. `}
        {value === null ? null : metric === 'accuracy' ? (
          <>
            Together the model came to answer <strong>{percent(value)}</strong> right.
          </>
        ) : (
          <>
            Together the model came to a {infoOf(metric).label} of <strong>{formatMetric(metric, value)}</strong>.
          </>
        )}
      </p>
      <div>
        <h2>Take it with you</h2>
        <ul class="finished-take">
          <li>
            <a href={`/api/models/${job.model}/model.safetensors`} download>
              model.safetensors
            </a>{' '}
            <span class="small soft">the weights, for Python and others</span>
          </li>
          <li>
            <a href={`/api/models/${job.model}/model.json`} download>
              model.json
            </a>{' '}
            and{' '}
            <a href={`/api/models/${job.model}/weights.bin`} download>
              weights.bin
            </a>{' '}
            <span class="small soft">for TensorFlow.js; keep the two side by side</span>
          </li>
        </ul>
      </div>
    </section>
  )
}
