/** The curves' numbers by round, to hear and to copy. */
import { percent } from '../../../ui/format.ts'
import type { Row } from './points.ts'

export function CurveTable({ rows }: { rows: readonly Row[] }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable to be scrolled by keyboard.
    <section class="curve-table" tabIndex={0} aria-label="Accuracy and loss by round">
      <table>
        <thead>
          <tr>
            <th scope="col">Round</th>
            <th scope="col">Your accuracy</th>
            <th scope="col">All: accuracy</th>
            <th scope="col">Your loss</th>
            <th scope="col">All: loss</th>
          </tr>
        </thead>
        <tbody>
          {rows.map(({ round, mine, everyone }) => (
            <tr key={round}>
              <th scope="row">{round}</th>
              <td>{cell(mine?.accuracy, percent)}</td>
              <td>{cell(everyone?.accuracy, percent)}</td>
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
