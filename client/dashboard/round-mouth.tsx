/** Where a round runs out: what came together in it, and the version that it made. */
import type { RoundRow } from '../../shared/protocol/dashboard.ts'
import { bytes, count, plural } from '../ui/format.ts'

interface RoundMouthProps {
  readonly round: RoundRow
  /** How wide the river is here, 0 to 1. */
  readonly width: number
}

export function RoundMouth({ round, width }: RoundMouthProps) {
  const flows = round.state !== 'abandoned' && round.updates > 0
  return (
    <p class="mouth">
      <span class="small soft">
        {[came(round), `${bytes(round.bytesDown)} down, ${bytes(round.bytesUp)} up`].join(' · ')}
      </span>
      <b class={round.state === 'abandoned' ? 'nothing' : ''}>
        {round.state === 'abandoned'
          ? 'nothing committed'
          : round.version === null
            ? 'next version'
            : `version ${round.version}`}
      </b>
      {flows && <i key={round.key} class="mouth-river" style={{ '--w': width }} />}
    </p>
  )
}

/** Examples are known from the bars alone. */
function came({ kind, updates, bars }: RoundRow): string {
  const answers = plural(updates, kind === 'train' ? 'update' : 'evaluation')
  if (bars.length === 0) return answers
  const examples = bars.reduce((sum, bar) => sum + (bar.state === 'counted' ? bar.examples : 0), 0)
  return `${answers}, ${count(examples)} examples`
}
