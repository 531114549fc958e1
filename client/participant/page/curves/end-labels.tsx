/** The latest value of each line, written beside its end; kept apart where the ends meet. */
import type { XY } from './points.ts'

const LINE = 17

interface Props {
  readonly mine: XY | undefined
  readonly everyone: XY | undefined
  readonly place: (point: XY) => XY
  readonly bottom: number
  readonly format: (value: number) => string
  readonly testid: string
}

export function EndLabels({ mine, everyone, place, bottom, format, testid }: Props) {
  const own = mine && place(mine)
  const all = everyone && place(everyone)
  // Both begin right of the longer line, so that neither is written over it.
  const at = Math.max(own?.x ?? 0, all?.x ?? 0) + 12
  const [ownY, allY] = apart(own?.y ?? null, all?.y ?? null, bottom)
  return (
    <g>
      {everyone ? (
        <text class="curve-label" x={at} y={allY} dy="0.32em">
          all <tspan class="curve-value">{format(everyone.y)}</tspan>
        </text>
      ) : null}
      {mine ? (
        <text class="curve-label" x={at} y={ownY} dy="0.32em">
          you{' '}
          <tspan class="curve-value" data-testid={testid}>
            {format(mine.y)}
          </tspan>
        </text>
      ) : null}
    </g>
  )
}

/** Two heights at least a line apart, about their middle, and not below the axis. */
function apart(own: number | null, all: number | null, bottom: number): [number, number] {
  // A little above the axis, whose unit stands below it.
  const lowest = bottom - LINE / 3
  const above = (y: number | null) => Math.min(y ?? 0, lowest)
  if (own === null || all === null || Math.abs(above(own) - above(all)) >= LINE) return [above(own), above(all)]
  const middle = Math.min((own + all) / 2, lowest - LINE / 2)
  return own <= all ? [middle - LINE / 2, middle + LINE / 2] : [middle + LINE / 2, middle - LINE / 2]
}
