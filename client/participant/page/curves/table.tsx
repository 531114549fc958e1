/** The curves' numbers by round, to hear and to copy. */
import { formatMetric, infoOf } from '../../../ui/metric-words.ts'
import type { Row } from './points.ts'

export function CurveTable({ rows, metric }: { rows: readonly Row[]; metric: string }) {
  const { label } = infoOf(metric)
  const format = (value: number) => formatMetric(metric, value)
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable to be scrolled by keyboard.
    <section class="curve-table" tabIndex={0} aria-label={`${label} and loss by round`}>
      <table>
        <thead>
          <tr>
            <th scope="col">Round</th>
            <th scope="col">Your {label}</th>
            <th scope="col">All: {label}</th>
            <th scope="col">Your loss</th>
            <th scope="col">All: loss</th>
          </tr>
        </thead>
        <tbody>
          {rows.map(({ round, mine, everyone }) => (
            <tr key={round}>
              <th scope="row">{round}</th>
              <td>{cell(mine?.metric, format)}</td>
              <td>{cell(everyone?.metric, format)}</td>
              <td>{cell(mine?.loss, loss)}</td>
              <td>{cell(everyone?.loss, loss)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  )
}

const loss = (value: number) => value.toFixed(3)

function cell(value: number | null | undefined, format: (value: number) => string): string {
  return value === null || value === undefined ? '–' : format(value)
}
