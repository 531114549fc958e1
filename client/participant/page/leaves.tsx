/** What stays and what leaves, named before anybody joins (rule P1). Keep it true to shared/protocol. */

import { bytes } from '../../ui/format.ts'
import { infoOf } from '../../ui/metric-words.ts'
import type { PageJob } from '../page-job.ts'
import './leaves.css'

const EXAMPLES = {
  images: 'your pictures and their labels',
  table: 'the rows of your table',
  text: 'your texts',
} as const

export function Leaves({ job }: { job: PageJob }) {
  return (
    <div class="leaves">
      <section>
        <h2>Stays in this tab</h2>
        <ul>
          <li>{EXAMPLES[job.data.kind]}</li>
          <li>your files, and what they are called</li>
          {job.data.kind === 'images' && job.data.channels === 1 ? <li>what you draw below</li> : null}
        </ul>
      </section>
      <section>
        <h2>Leaves this tab</h2>
        <ul>
          <li>a weight difference: how the model’s numbers changed, {bytes(job.updateBytes)} a round</li>
          <li>how many examples you have, and which kind of data you chose</li>
          <li>{['loss', ...job.settings.metrics.map((name) => infoOf(name).label)].join(', ')} on your examples</li>
          <li>how far and how fast your tab computes and loads</li>
          <li>
            what it computes with: the backend, the name of the GPU or processor, why not WebGPU, and how fast each is
            that was tried
          </li>
        </ul>
        <p>
          Also a random number that stands for this tab, that you pause or leave, and what went wrong if training fails.
          Nothing else.
        </p>
      </section>
    </div>
  )
}
