/** What a table's cells say. */

const MISSING = new Set(['', 'na', 'n/a', 'nan', 'null', 'none', '?'])

export function textOf(cell: unknown): string {
  if (typeof cell === 'string') return cell.trim()
  return cell === null || cell === undefined ? '' : String(cell).trim()
}

/** null where the cell is empty, or says that it is; NaN where it is no number. */
export function numberOf(cell: unknown): number | null {
  if (typeof cell === 'number') return Number.isNaN(cell) ? null : cell
  if (typeof cell === 'string') {
    // Most are plain; of blanks Number makes 0, and of 0x1f 31.
    const value = Number(cell)
    if (value !== 0 && Number.isFinite(value) && !/^\s*0[xbo]/i.test(cell)) return value
  }
  return unusual(cell)
}

/** Yes and no count as 1 and 0; a decimal comma is one where there is no point. */
function unusual(cell: unknown): number | null {
  if (typeof cell === 'bigint') return Number(cell)
  if (typeof cell === 'object' && cell !== null) return Number.NaN
  const text = textOf(cell)
  if (MISSING.has(text.toLowerCase())) return null
  if (/^(true|yes)$/i.test(text)) return 1
  if (/^(false|no)$/i.test(text)) return 0
  // 1,234 may be a thousand and more, or a little more than one: it is neither.
  const decimal = /^[+-]?\d+,\d+$/.test(text) && !/^[+-]?[1-9]\d{0,2},\d{3}$/.test(text)
  const plain = decimal ? text.replace(',', '.') : text
  return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(plain) ? Number(plain) : Number.NaN
}
