/** Rows under a head, in columns that are as wide as their widest cell; numbers stand under one another. */
export function textTable(head: readonly string[], body: readonly (readonly string[])[]): string {
  const widths = head.map((title, i) => Math.max(title.length, ...body.map((row) => row[i]?.length ?? 0)))
  const line = (cells: readonly string[]) => cells.map((cell, i) => cell.padStart(widths[i] ?? 0)).join('  ')
  return [line(head), line(widths.map((w) => '─'.repeat(w))), ...body.map(line)].join('\n')
}
