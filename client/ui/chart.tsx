/**
 * A line chart: value at each line's end, a readout that follows the pointer through all series, and the
 * same numbers as a table for screen readers and for copying. Drawing is uPlot's (chart-plot.ts).
 */
import { useLayoutEffect, useRef, useState } from 'preact/hooks'
import type uPlot from 'uplot'
import 'uplot/dist/uPlot.min.css'
import './chart.css'
import { createPlot, type PlotSpec } from './chart-plot.ts'
import { ChartTable } from './chart-table.tsx'

export interface ChartSeries {
  readonly label: string
  /** Any CSS colour, `var(--river)` too: it follows light and dark. */
  readonly colour: string
  /** One per x; null where there is none. */
  readonly values: readonly (number | null)[]
  /** A background line: one client's own beside everyone's. */
  readonly thin?: boolean
  readonly dashed?: boolean
  /** Tints the area below the line. */
  readonly filled?: boolean
}

export interface ChartProps {
  readonly title: string
  /** What x counts: "version", "round". */
  readonly xLabel: string
  /** Ascending. */
  readonly x: readonly number[]
  readonly series: readonly ChartSeries[]
  /** Fixed ends of an axis; without one it follows the data, y from 0. */
  readonly xRange?: readonly [number, number]
  readonly yRange?: readonly [number, number] | undefined
  readonly formatX: (x: number) => string
  readonly formatY: (y: number) => string
  readonly height?: number
  /** Charts of one key share the pointer. */
  readonly syncKey?: string
  /** Offers a button that fits y to the data. */
  readonly zoomable?: boolean
}

export function Chart(props: ChartProps) {
  const holder = useRef<HTMLDivElement>(null)
  const plot = useRef<uPlot | null>(null)
  const [hovered, setHovered] = useState<number | null>(null)
  const [asTable, setAsTable] = useState(false)
  const [zoomed, setZoomed] = useState(false)
  const { height = 220 } = props
  // uPlot asks for ranges and formats while it draws, long after it was made: it must find the latest.
  const spec = useRef<PlotSpec>({ ...props, zoomed })
  spec.current = { ...props, zoomed }

  // A series that comes or goes, or changes its look, needs a new plot; new values only need setData.
  const shape = JSON.stringify(props.series.map((s) => [s.label, s.colour, s.thin, s.dashed, s.filled]))
  useLayoutEffect(() => {
    if (asTable || holder.current === null) return
    const made = createPlot(holder.current, spec, height, props.syncKey, setHovered)
    plot.current = made.plot
    return () => {
      plot.current = null
      made.destroy()
    }
  }, [shape, height, props.syncKey, asTable])

  useLayoutEffect(() => {
    plot.current?.setData([[...props.x], ...props.series.map((s) => [...s.values])])
  }, [props.x, props.series, props.xRange?.[0], props.xRange?.[1], props.yRange?.[1], zoomed])

  const at = hovered !== null && hovered < props.x.length ? hovered : props.x.length - 1
  const x = props.x[at]
  const empty = props.series.every((s) => s.values.every((v) => v === null))
  return (
    <figure class="chart">
      <figcaption class="chart-head">
        <strong>{props.title}</strong>
        <span class="chart-readout">
          {x !== undefined && <span class="chart-x">{`${props.xLabel} ${props.formatX(x)}`}</span>}
          {props.series.map((s) => (
            <span key={s.label} class="chart-value">
              <i class={`chart-key${s.dashed ? ' dashed' : ''}${s.thin ? ' thin' : ''}`} style={{ '--c': s.colour }} />
              {s.label} <b>{present(s.values[at], props.formatY)}</b>
            </span>
          ))}
        </span>
        <span class="chart-tools">
          {props.zoomable && !asTable && (
            <button type="button" class="quiet" aria-pressed={zoomed} onClick={() => setZoomed(!zoomed)}>
              {zoomed ? 'Whole scale' : 'Zoom'}
            </button>
          )}
          <button type="button" class="quiet" aria-pressed={asTable} onClick={() => setAsTable(!asTable)}>
            {asTable ? 'Chart' : 'Table'}
          </button>
        </span>
      </figcaption>
      {asTable ? (
        <div class="chart-table" style={{ height: `${height}px` }}>
          <ChartTable {...props} />
        </div>
      ) : (
        <div class="chart-plot" ref={holder} role="img" aria-label={describe(props)} style={{ height: `${height}px` }}>
          {empty && <p class="chart-empty">Nothing measured yet.</p>}
        </div>
      )}
    </figure>
  )
}

function present(value: number | null | undefined, format: (v: number) => string): string {
  return value === null || value === undefined ? '–' : format(value)
}

function describe(props: ChartProps): string {
  const parts = props.series.map((s) => {
    const known = s.values.filter((v) => v !== null)
    const [first, last] = [known[0], known.at(-1)]
    if (first === undefined || last === undefined) return `${s.label}: nothing yet`
    return `${s.label}: from ${props.formatY(first)} to ${props.formatY(last)} over ${known.length} ${props.xLabel}s`
  })
  return `${props.title}. ${parts.join('; ')}. The Table button shows every number.`
}
