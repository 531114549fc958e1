/** The uPlot half of chart.tsx: options, colours that follow light and dark, labels at the lines' ends. */
import uPlot from 'uplot'
import type { ChartProps } from './chart.tsx'

export type PlotSpec = Omit<ChartProps, 'height'> & { readonly zoomed: boolean }

/** Makes a plot as wide as its holder, now and later. `spec.current` is read at every draw. */
export function createPlot(
  holder: HTMLElement,
  spec: { readonly current: PlotSpec },
  height: number,
  syncKey: string | undefined,
  onHover: (index: number | null) => void,
): { plot: uPlot; destroy: () => void } {
  const { x, series } = spec.current
  const style = getComputedStyle(holder)
  const resolve = (colour: string) => {
    const name = /^var\((--[\w-]+)\)$/.exec(colour)?.[1]
    return name === undefined ? colour : style.getPropertyValue(name).trim()
  }
  const axis = { stroke: () => resolve('var(--ink-soft)'), font: `12px ${style.fontFamily}`, labelSize: 0 }
  const grid = { stroke: () => resolve('var(--line)'), width: 1 }
  const plot = new uPlot(
    {
      width: holder.clientWidth || 300,
      height,
      padding: [12, 58, 0, 0],
      legend: { show: false },
      scales: {
        x: { time: false, range: (_u, min, max) => xRange(spec.current, min, max) },
        y: { range: (_u, min, max) => yRange(spec.current, min, max) },
      },
      axes: [
        {
          ...axis,
          grid: { show: false },
          ticks: { ...grid, size: 4 },
          size: 26,
          space: 44,
          incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000],
          values: (_u, splits) => splits.map((at) => spec.current.formatX(at)),
        },
        {
          ...axis,
          grid,
          ticks: { show: false },
          size: 52,
          space: 36,
          values: (_u, splits) => splits.map((at) => spec.current.formatY(at)),
        },
      ],
      series: [
        {},
        ...series.map((s) => ({
          label: s.label,
          stroke: () => resolve(s.colour),
          width: s.thin ? 1.25 : 2.5,
          spanGaps: true,
          ...(s.dashed ? { dash: [5, 4] } : {}),
          ...(s.filled ? { fill: () => `${resolve(s.colour)}1c` } : {}),
          points: { size: s.thin ? 4 : 6, fill: () => resolve(s.colour) },
        })),
      ],
      cursor: {
        y: false,
        drag: { x: false, y: false },
        points: { size: 9 },
        ...(syncKey === undefined ? {} : { sync: { key: syncKey } }),
      },
      hooks: {
        setCursor: [(u) => onHover(u.cursor.idx ?? null)],
        draw: [(u) => drawEndLabels(u, spec.current, resolve, style.fontFamily)],
      },
    },
    [[...x], ...series.map((s) => [...s.values])],
    holder,
  )
  const resize = new ResizeObserver(() => {
    if (holder.clientWidth > 0) plot.setSize({ width: holder.clientWidth, height })
  })
  resize.observe(holder)
  const dark = matchMedia('(prefers-color-scheme: dark)')
  const redraw = () => plot.redraw()
  dark.addEventListener('change', redraw)
  return {
    plot,
    destroy: () => {
      resize.disconnect()
      dark.removeEventListener('change', redraw)
      plot.destroy()
    },
  }
}

function xRange(spec: PlotSpec, min: number | null, max: number | null): [number, number] {
  const [low, high] = spec.xRange ?? [min ?? 0, max ?? 1]
  return low === high ? [low, low + 1] : [low, high]
}

function yRange(spec: PlotSpec, min: number | null, max: number | null): [number, number] {
  const [low, high] = spec.yRange ?? [0, (max ?? 1) * 1.08 || 1]
  if (!spec.zoomed || min === null || max === null || min === max) return [low, high]
  const room = (max - min) * 0.1
  return [Math.max(low, min - room), spec.yRange ? Math.min(high, max + room) : max + room]
}

/** Each line's latest value beside its last point, moved apart where two would overlap. */
function drawEndLabels(u: uPlot, spec: PlotSpec, resolve: (colour: string) => string, family: string): void {
  const ratio = uPlot.pxRatio
  const apart = 15 * ratio
  const labels = spec.series.flatMap((s) => {
    const at = s.values.findLastIndex((v) => v !== null)
    const x = spec.x[at]
    const value = s.values[at]
    if (x === undefined || value === null || value === undefined) return []
    return [
      {
        text: spec.formatY(value),
        colour: resolve(s.colour),
        x: u.valToPos(x, 'x', true),
        y: u.valToPos(value, 'y', true),
      },
    ]
  })
  labels.sort((a, b) => a.y - b.y)
  for (let i = 1; i < labels.length; i++) {
    const [above, below] = [labels[i - 1], labels[i]]
    if (above && below && below.y - above.y < apart) below.y = above.y + apart
  }
  let floor = u.bbox.top + u.bbox.height
  for (const label of labels.toReversed()) {
    label.y = Math.min(label.y, floor)
    floor = label.y - apart
  }
  const { ctx } = u
  ctx.save()
  ctx.font = `600 ${13 * ratio}px ${family}`
  ctx.textBaseline = 'middle'
  ctx.textAlign = 'left'
  ctx.lineWidth = 4 * ratio
  ctx.lineJoin = 'round'
  // A halo of paper keeps the figure legible where lines run below it.
  ctx.strokeStyle = resolve('var(--paper-raised)')
  for (const label of labels) {
    ctx.strokeText(label.text, label.x + 8 * ratio, label.y)
    ctx.fillStyle = label.colour
    ctx.fillText(label.text, label.x + 8 * ratio, label.y)
  }
  ctx.restore()
}
