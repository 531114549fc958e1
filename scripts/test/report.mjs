// What `npm test` prints at the end.

/** One line a stage: its name, counts and time. */
export function table(results) {
  const width = Math.max(...results.map(({ name }) => name.length))
  return results
    .map(({ name, passed, failed, skipped, ms }) => {
      const counts = `${String(passed).padStart(5)} passed ${String(failed).padStart(4)} failed`
      const rest = skipped > 0 ? `, ${skipped} skipped` : ''
      return `${name.padEnd(width)} ${counts} ${`${(ms / 1000).toFixed(1)} s`.padStart(9)}${rest}`
    })
    .join('\n')
}

/** `N passed, N failed`; how many were skipped is in the table above it. */
export function lastLine(results) {
  const sum = (key) => results.reduce((total, result) => total + result[key], 0)
  return `${sum('passed')} passed, ${sum('failed')} failed`
}
