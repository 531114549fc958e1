/** Said on top of the choices to somebody who has just left: they may come back. */
import { plural } from '../../../ui/format.ts'
import type { Contribution } from '../../view.ts'
import './left.css'

export function Left({ contribution }: { contribution: Contribution }) {
  return (
    <section class="left" data-testid="left">
      <h2>You have left</h2>
      <p>
        {contribution.rounds > 0
          ? `Your part in ${plural(contribution.rounds, 'round')} stays in the model. `
          : 'Nothing was sent. '}
        This tab computes nothing now. You can close it, or join again below.
      </p>
    </section>
  )
}
