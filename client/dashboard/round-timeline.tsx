/**
 * The bars of one round on a time axis, and the river that they run into. Only rows in view are in the
 * page, so that a round of a thousand clients costs as much as one of thirty.
 */
import type { RoundRow } from '../../shared/protocol/dashboard.ts'
import { duration, plural } from '../ui/format.ts'
import { useWindow } from '../ui/use-window.ts'
import { RoundBar } from './round-bar.tsx'
import { RoundMouth } from './round-mouth.tsx'
import { axisSpan, axisTicks, riverWidths } from './timeline.ts'

interface RoundTimelineProps {
  readonly round: RoundRow
  /** The last committed one before it: how long a round may take. */
  readonly before: RoundRow | undefined
  readonly time: number
  /** When the coordinator was started again in the middle of it; null where it was not. */
  readonly restartedAt: number | null
}

export function RoundTimeline({ round, before, time, restartedAt }: RoundTimelineProps) {
  const { bars } = round
  // The river waits until the stream has reached it. Where updates pour in, waiting would never end.
  // Gliding between ticks keeps the page painting; with many bars that costs more than it shows.
  const motion = bars.length <= FEW ? GLIDING : STEPPING
  const rowHeight = bars.length <= 8 ? 42 : bars.length <= FEW ? 30 : 20
  const { ref, first, last } = useWindow(bars.length, rowHeight)
  const span = axisSpan(round, before, time)
  const ticks = axisTicks(span, 6)
  const percent = (at: number) => (at / span) * 100
  const deadline = round.deadlineAt - round.startedAt
  const wasted = round.state === 'abandoned'
  const widths = wasted ? [] : riverWidths(bars)
  return (
    <div
      class="timeline"
      data-testid="round-timeline"
      data-round={round.key}
      style={{ '--row': `${rowHeight}px`, ...motion }}
    >
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard */}
      <section class="timeline-scroll" ref={ref} tabIndex={0} aria-label={`Bars of ${plural(bars.length, 'client')}`}>
        <div class="axis" aria-hidden="true">
          <div class="track">
            {ticks.map((at) => (
              <span key={at} style={{ left: `${percent(at)}%` }}>
                {at === 0 ? '0 s' : tickLabel(at)}
              </span>
            ))}
          </div>
        </div>
        <div class="lanes" style={{ height: `${bars.length * rowHeight}px` }}>
          <div class="track grid" aria-hidden="true">
            {ticks.map((at) => (
              <i key={at} class="gridline" style={{ left: `${percent(at)}%` }} />
            ))}
            {restartedAt !== null && restartedAt - round.startedAt <= span && (
              <b class="restart" style={{ left: `${percent(restartedAt - round.startedAt)}%` }}>
                <span>restart</span>
              </b>
            )}
            {deadline <= span && (
              <b class="deadline" style={{ left: `${percent(deadline)}%` }}>
                <span>deadline</span>
              </b>
            )}
          </div>
          <ul>
            {bars.slice(first, last).map((bar, i) => (
              <RoundBar
                key={`${round.key} ${bar.clientId}`}
                bar={bar}
                start={round.startedAt}
                span={span}
                time={time}
                width={widths[first + i] ?? DRY}
                top={(first + i) * rowHeight}
                wasted={wasted}
              />
            ))}
          </ul>
        </div>
      </section>
      <RoundMouth round={round} width={widths.at(-1)?.below ?? 0} />
    </div>
  )
}

/** So many bars get room; more are packed. */
const FEW = 24
const GLIDING = { '--settle': '0.8s', '--widen': '0.5s', '--glide': '0.25s', '--stream': '4px' }
const STEPPING = { '--settle': '0s', '--widen': '0s', '--glide': '0s', '--stream': '2px' }
const DRY = { above: 0, below: 0 }

/** "5 s", "2 min": no tenths where a tick is whole. */
function tickLabel(ms: number): string {
  if (ms % 60_000 === 0) return `${ms / 60_000} min`
  return ms % 1000 === 0 && ms < 100_000 ? `${ms / 1000} s` : duration(ms)
}
