import type { Row } from './benchmark.ts'

const HEAD = ['case', 'metric', 'value', 'unit', 'baseline', '', 'ratio']

/** Rows as aligned text. */
export function table(rows: readonly Row[]): string {
  const cells = [HEAD, ...rows.map(cellsOf)]
  const widths = HEAD.map((_, column) => Math.max(...cells.map((row) => row[column]?.length ?? 0)))
  return cells
    .map((row) =>
      row
        .map((cell, column) => pad(cell, column, widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}

function cellsOf({ case: name, metric, value, unit, baseline, baselineValue, ratio }: Row): string[] {
  const compared = baselineValue === undefined ? '' : short(baselineValue)
  return [name, metric, short(value), unit, baseline ?? '', compared, ratio === undefined ? '' : ratio.toFixed(2)]
}

/** Numbers to the right, words to the left. */
function pad(cell: string, column: number, width: number): string {
  return [2, 5, 6].includes(column) ? cell.padStart(width) : cell.padEnd(width)
}

function short(value: number): string {
  return Math.abs(value) >= 100 ? value.toFixed(0) : value.toPrecision(3)
}
