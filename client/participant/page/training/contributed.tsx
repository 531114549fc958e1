/** One's own part so far, in rounds and in bytes. */
import { bytes, plural } from '../../../ui/format.ts'
import type { Contribution } from '../../view.ts'
import './contributed.css'

export function Contributed({ contribution }: { contribution: Contribution }) {
  return (
    <dl class="contributed">
      <div>
        <dt>Contributed</dt>
        <dd data-testid="contributed">{plural(contribution.rounds, 'round')}</dd>
      </div>
      <div>
        <dt>Sent</dt>
        <dd data-testid="bytes-up">{bytes(contribution.bytesUp)}</dd>
      </div>
      <div>
        <dt>Fetched</dt>
        <dd data-testid="bytes-down">{bytes(contribution.bytesDown)}</dd>
      </div>
    </dl>
  )
}
