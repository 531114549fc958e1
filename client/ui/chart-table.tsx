/** A chart's numbers as a table: to be read out, copied, or compared exactly. */
import type { ChartProps } from './chart.tsx'

export function ChartTable({ title, xLabel, x, series, formatX, formatY }: ChartProps) {
  return (
    <table>
      <caption class="visually-hidden">{title}</caption>
      <thead>
        <tr>
          <th scope="col">{xLabel}</th>
          {series.map((s) => (
            <th key={s.label} scope="col" class="number">
              {s.label}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {x.map((at, row) => (
          <tr key={at}>
            <th scope="row">{formatX(at)}</th>
            {series.map((s) => {
              const value = s.values[row]
              return (
                <td key={s.label} class="number">
                  {value === null || value === undefined ? '–' : formatY(value)}
                </td>
              )
            })}
          </tr>
        ))}
      </tbody>
    </table>
  )
}
