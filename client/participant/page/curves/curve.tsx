/**
 * One measure over the rounds: one's own line thin and warm, everyone's the thick river. Drawn in
 * coordinates of the whole job and then moved, so that a sliding window slides and never jumps.
 */
import type { Signal } from '@preact/signals'
import { useId } from 'preact/hooks'
import { EndLabels } from './end-labels.tsx'
import { type Row, thin, type XY } from './points.ts'
import { useWidth } from './use-width.ts'
import './curve.css'

const TOP = 10
const BOTTOM = 24
const LEFT = 50
const RIGHT = 92

interface Props {
  readonly title: string
  readonly hint: string
  readonly testid: string
  readonly mine: readonly XY[]
  readonly everyone: readonly XY[]
  readonly format: (value: number) => string
  readonly formatTick: (value: number) => string
  readonly yTicks: readonly number[]
  readonly xTicks: readonly number[]
  readonly left: number
  readonly span: number
  readonly rows: readonly Row[]
  /** What one row says of this measure, in words. */
  readonly tell: (row: Row) => string
  /** The round that is looked at, shared by all curves. */
  readonly cursor: Signal<number | null>
}

export function Curve(props: Props) {
  const { title, hint, testid, mine, everyone, format, formatTick, yTicks, xTicks, left, span, rows, tell, cursor } =
    props
  const clip = useId()
  const { element, width } = useWidth<HTMLDivElement>()
  const plot = Math.max(1, width - LEFT - RIGHT)
  const height = width > 440 ? 216 : 168
  const perRound = plot / span
  const top = yTicks.at(-1) ?? 1
  const x = (round: number) => round * perRound
  const y = (value: number) => TOP + (height - TOP - BOTTOM) * (1 - Math.min(value, top) / top)
  const path = (points: readonly XY[]) =>
    points.map((p, i) => `${i ? 'L' : 'M'}${x(p.x).toFixed(1)} ${y(p.y).toFixed(1)}`).join('')

  const dot = (end: XY | undefined, name: string, r: number) =>
    end ? <circle class={name} cx={x(end.x)} cy={y(end.y)} r={r} /> : null

  const looked = rows.find((row) => row.round === cursor.value) ?? null
  const firstRow = rows[0]?.round ?? 0
  const lastRow = rows.at(-1)?.round ?? 0

  function look(round: number | null) {
    cursor.value = round === null ? null : Math.min(lastRow, Math.max(firstRow, Math.round(round)))
  }
  function onPointerMove(event: PointerEvent) {
    const box = element.current?.getBoundingClientRect()
    if (box) look(left + (event.clientX - box.left - LEFT) / perRound)
  }
  function onKeyDown(event: KeyboardEvent) {
    const steps: Record<string, number> = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1 }
    const from = cursor.value ?? lastRow
    if (event.key === 'Home') look(firstRow)
    else if (event.key === 'End') look(lastRow)
    else if (event.key === 'Escape') look(null)
    else if (event.key in steps) look(from + (steps[event.key] ?? 0))
    else return
    event.preventDefault()
  }

  const shift = { transform: `translateX(${LEFT - x(left)}px)` }
  return (
    <figure class="curve">
      <figcaption>
        {title} <span class="small soft">{looked ? tell(looked) : hint}</span>
      </figcaption>
      <div
        ref={element}
        class="curve-plot"
        role="slider"
        tabIndex={0}
        aria-label={`${title} by round; arrow keys read it out`}
        aria-valuemin={firstRow}
        aria-valuemax={lastRow}
        aria-valuenow={looked?.round ?? lastRow}
        aria-valuetext={tell(looked ?? rows.at(-1) ?? { round: 0, mine: null, everyone: null })}
        onPointerMove={onPointerMove}
        onPointerLeave={() => look(null)}
        onBlur={() => look(null)}
        onKeyDown={onKeyDown}
      >
        <svg width={width} height={height} aria-hidden="true">
          <clipPath id={clip}>
            <rect x={LEFT - 6} y={0} width={plot + 16} height={height} />
          </clipPath>
          {yTicks.map((tick) => (
            <g key={tick}>
              <line class="curve-grid" x1={LEFT} x2={LEFT + plot} y1={y(tick)} y2={y(tick)} />
              <text class="curve-tick" x={LEFT - 8} y={y(tick)} dy="0.32em" text-anchor="end">
                {formatTick(tick)}
              </text>
            </g>
          ))}
          <g clip-path={`url(#${clip})`}>
            <g class="curve-window" style={shift}>
              {xTicks.map((tick) => (
                <text key={tick} class="curve-tick" x={x(tick)} y={height - 6} text-anchor="middle">
                  {tick}
                </text>
              ))}
              <path class="curve-everyone" d={path(everyone)} />
              <path class="curve-mine" d={path(thin(mine, 1.5 / perRound))} />
              {dot(everyone.at(-1), 'curve-end-everyone', 4.5)}
              {dot(mine.at(-1), 'curve-end-mine', 3.5)}
              {looked ? (
                <line class="curve-cursor" x1={x(looked.round)} x2={x(looked.round)} y1={TOP} y2={height - BOTTOM} />
              ) : null}
            </g>
          </g>
          <text class="curve-tick" x={LEFT + plot + 12} y={height - 6}>
            rounds
          </text>
          <EndLabels
            mine={mine.at(-1)}
            everyone={everyone.at(-1)}
            place={(p) => ({ x: LEFT + x(p.x - left), y: y(p.y) })}
            bottom={height - BOTTOM}
            format={format}
            testid={testid}
          />
        </svg>
      </div>
    </figure>
  )
}
