/** A round of long ago, whose bars the coordinator has let go: its counts are what is left of it. */
import type { RoundRow } from '../../shared/protocol/dashboard.ts'
import { RoundMouth } from './round-mouth.tsx'

export function BarsLost({ round }: { readonly round: RoundRow }) {
  return (
    <div class="timeline bars-lost" data-testid="bars-lost" data-round={round.key}>
      <p class="soft">
        The bars of this round are not kept any more: the coordinator keeps those of the latest 10,000 tasks. What the
        round came to is below.
      </p>
      <RoundMouth round={round} width={1} />
    </div>
  )
}
