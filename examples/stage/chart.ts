/** A small picture of an outcome as SVG, for pages in light and in dark. */
import { clientColour } from '../../client/ui/palette.ts'

export interface Series {
  readonly name: string
  readonly values: readonly number[]
}

export interface Chart {
  /** Lines over `at`, or a group of bars at each of `at`. */
  readonly kind: 'lines' | 'bars'
  /** What is drawn, with its unit. */
  readonly title: string
  /** Names along the horizontal axis. */
  readonly at: readonly string[]
  readonly series: readonly Series[]
  /** Of the vertical axis. */
  readonly range: readonly [low: number, high: number]
  /** How its numbers are written. */
  readonly unit?: 'percent' | 'plain'
}

const [WIDTH, HEIGHT] = [480, 260]
const EDGE = { left: 46, right: 12, top: 34, bottom: 44 }
const MARKS = 4

const STYLE = `
text { font: 12px system-ui, sans-serif; fill: #16202a }
.title { font-weight: 600 }
.soft { fill: #5b6770 }
.line { stroke: #d9dcd8; stroke-width: 1 }
.paper { fill: #fbfaf8 }
@media (prefers-color-scheme: dark) {
  text { fill: #e8edf1 }
  .soft { fill: #9aa7b0 }
  .line { stroke: #2a3439 }
  .paper { fill: #101416 }
}`

/** What all learn together is drawn in the river's colour, and clients in theirs. */
const RIVER = '#0b8f96'
const colourOf = ({ name }: Series, i: number) =>
  /^(federated|all|the model)/.test(name) ? RIVER : clientColour(i + 1)

/** Bars of one kind are told apart by whose they are. */
function colourOfBar(series: readonly Series[], s: number, at: readonly string[], i: number): string {
  return series.length > 1 ? colourOf(series[s] as Series, s) : colourOf({ name: at[i] ?? '', values: [] }, i)
}

export function chartSvg(chart: Chart): string {
  const { title, at, series, range, unit = 'plain' } = chart
  const [low, high] = range
  const y = (value: number) => EDGE.top + (1 - (value - low) / (high - low)) * (HEIGHT - EDGE.top - EDGE.bottom)
  const marks = Array.from({ length: MARKS + 1 }, (_, i) => low + (i / MARKS) * (high - low))
  const written = (value: number) =>
    unit === 'percent' ? `${Math.round(100 * value)} %` : String(Number(value.toPrecision(3)))
  const grid = marks.map(
    (value) =>
      `<line class="line" x1="${EDGE.left}" x2="${WIDTH - EDGE.right}" y1="${px(y(value))}" y2="${px(y(value))}"/>` +
      `<text class="soft" x="${EDGE.left - 6}" y="${px(y(value) + 4)}" text-anchor="end">${written(value)}</text>`,
  )
  const draw = chart.kind === 'lines' ? lines : bars
  // One kind needs no legend: the title says what it is.
  const legend = (series.length > 1 ? series : []).map((one, i) => {
    const x = EDGE.left + (i * (WIDTH - EDGE.left - EDGE.right)) / series.length
    return (
      `<rect x="${px(x)}" y="${HEIGHT - 15}" width="10" height="10" rx="2" fill="${colourOf(one, i)}"/>` +
      `<text x="${px(x + 15)}" y="${HEIGHT - 6}">${escaped(one.name)}</text>`
    )
  })
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${escaped(title)}">`,
    `<style>${STYLE}</style>`,
    `<rect class="paper" width="${WIDTH}" height="${HEIGHT}" rx="8"/>`,
    `<text class="title" x="${EDGE.left}" y="20">${escaped(title)}</text>`,
    ...grid,
    ...draw(series, at, y),
    ...legend,
    '</svg>',
    '',
  ].join('\n')
}

function lines(series: readonly Series[], at: readonly string[], y: (value: number) => number): string[] {
  const step = (WIDTH - EDGE.left - EDGE.right - 20) / Math.max(1, at.length - 1)
  const x = (i: number) => EDGE.left + 10 + i * step
  // No more names than can be read.
  const every = Math.ceil(at.length / 10)
  return [
    ...at.map((name, i) => (i % every === 0 ? below(x(i), name) : '')),
    ...series.map((one, s) => {
      const points = one.values.map((value, i) => `${px(x(i))},${px(y(value))}`).join(' ')
      return `<polyline points="${points}" fill="none" stroke="${colourOf(one, s)}" stroke-width="2.5" stroke-linejoin="round"/>`
    }),
  ]
}

function bars(series: readonly Series[], at: readonly string[], y: (value: number) => number): string[] {
  const group = (WIDTH - EDGE.left - EDGE.right) / at.length
  const width = (group * 0.7) / series.length
  const floor = HEIGHT - EDGE.bottom
  return [
    ...at.map((name, i) => below(EDGE.left + (i + 0.5) * group, name)),
    ...series.flatMap((one, s) =>
      one.values.map((value, i) => {
        const x = EDGE.left + i * group + group * 0.15 + s * width
        const [top, foot] = [Math.min(y(value), y(0)), Math.min(floor, Math.max(y(value), y(0)))]
        return `<rect x="${px(x)}" y="${px(top)}" width="${px(width - 2)}" height="${px(Math.max(1, foot - top))}" rx="2" fill="${colourOfBar(series, s, at, i)}"/>`
      }),
    ),
  ]
}

function below(x: number, name: string): string {
  return `<text class="soft" x="${px(x)}" y="${HEIGHT - EDGE.bottom + 18}" text-anchor="middle">${escaped(name)}</text>`
}

const px = (value: number) => Number(value.toFixed(1))
const escaped = (text: string) => text.replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`)
