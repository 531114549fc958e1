import { readFileSync } from 'node:fs'

/** The kernel counts in hundredths of a second, on every Linux that Node runs on. */
const TICK_MS = 10

/** Milliseconds that a process has spent on processors, its threads together: what others do meanwhile is not counted. NaN without /proc. */
export function processorMs(pid: number): number {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    // The name of the program, in brackets, may contain anything; the state comes after it.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return (Number(fields[11]) + Number(fields[12])) * TICK_MS
  } catch {
    return Number.NaN
  }
}
