/** One client's part in a round: its phases as a bar, then its stream into the river. */
import { useRef } from 'preact/hooks'
import type { ClientBar } from '../../shared/protocol/dashboard.ts'
import { count } from '../ui/format.ts'
import { clientColour } from '../ui/palette.ts'
import { barEnd, isWorking, segmentsOf } from './timeline.ts'
import { barStatus, NOT_USED } from './words.ts'

interface RoundBarProps {
  readonly bar: ClientBar
  readonly start: number
  /** Milliseconds that the track spans. */
  readonly span: number
  readonly time: number
  /** The river's width above and below, 0 to 1. */
  readonly width: { readonly above: number; readonly below: number }
  readonly top: number
  /** Its round was abandoned: what came does not count. */
  readonly wasted: boolean
}

export function RoundBar({ bar, start, span, time, width, top, wasted }: RoundBarProps) {
  const percent = (at: number) => Math.min(100, Math.max(0, ((at - start) / span) * 100))
  const end = percent(barEnd(bar, time))
  const answered = bar.state === 'counted'
  const counted = answered && !wasted
  const lost = !answered && !isWorking(bar.state)
  // Only one that was seen at work flows in with a flourish; rows that scroll into view do not repeat it.
  const seenWorking = useRef(false)
  if (!counted) seenWorking.current = true
  const status = answered && wasted ? NOT_USED : barStatus(bar)
  const why = bar.reason === '' ? '' : `: ${bar.reason}`
  return (
    <li
      class={`lane${counted && seenWorking.current ? ' arriving' : ''}`}
      style={{ '--c': clientColour(bar.ordinal), top: `${top}px` }}
      title={`client ${bar.ordinal}, ${count(bar.examples)} examples: ${status}${why}`}
      data-testid="round-bar"
      data-client={bar.clientId}
      data-state={bar.state}
    >
      <span class="lane-name">
        <i class="swatch" />
        client {bar.ordinal}
        <span class="visually-hidden">, {count(bar.examples)} examples: </span>
      </span>
      <span class={`lane-status${lost ? ' lost' : ''}`}>{status}</span>
      <span class="track" aria-hidden="true">
        {segmentsOf(bar, time).map((s) => (
          <i
            key={s.phase}
            class={`seg ${s.phase}`}
            style={{ left: `${percent(s.from)}%`, width: `${percent(s.to) - percent(s.from)}%` }}
          />
        ))}
        {counted && <i class="seg stream" style={{ left: `${end}%`, width: `${100 - end}%` }} />}
        {lost && (
          <b class="lost" style={{ left: `${end}%` }}>
            ×{end < ROOM && <em>{status}</em>}
            {why !== '' && end < ROOM && <span>{bar.reason}</span>}
          </b>
        )}
      </span>
      <River counted={counted} above={width.above} below={width.below} />
    </li>
  )
}

/** This row's piece of the river, wider below where the bar has flowed in. In hundredths of its column. */
function River({ counted, above, below }: { counted: boolean; above: number; below: number }) {
  const left = (share: number) => RIGHT - (share === 0 ? 0 : 4 + share * 36)
  const into = (left(above) + left(below)) / 2 + 2
  return (
    <span class="bank" aria-hidden="true">
      {counted && (
        <svg viewBox="0 0 100 100" preserveAspectRatio="none" role="presentation">
          <path d={`M0 50 C 55 50, ${into} 60, ${into} 100`} pathLength="1" />
        </svg>
      )}
      <i style={{ clipPath: `polygon(${left(above)}% 0, ${RIGHT}% 0, ${RIGHT}% 100%, ${left(below)}% 100%)` }} />
    </span>
  )
}

/** Where the river's right bank runs, in hundredths of its column. */
const RIGHT = 92
/** Beyond this much of the track, a reason would run into the river; the row's title has it too. */
const ROOM = 65
