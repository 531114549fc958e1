/** Which of a table's columns a person said is which of the job's, kept for the next table with columns of the same names. */
import { deriveSeed } from '../../../../shared/random/random.ts'
import { readStored, store } from '../../stored.ts'
import type { ColumnQuestion, Mapping } from '../../view.ts'

const KEY = 'tributary.columns'
/** Tables, the latest. */
const MOST = 50

type Storing = () => Storage

/** null where nothing was said, or where it is no answer to this question. */
export function recallMapping(question: ColumnQuestion, storage: Storing = () => localStorage): Mapping | null {
  const kept = readStored(storage, KEY)[nameOf(question)]
  if (typeof kept !== 'object' || kept === null) return null
  const pairs = question.lacking.map((name) => [name, (kept as Record<string, unknown>)[name]] as const)
  const columns = pairs.map(([, column]) => column)
  if (new Set(columns).size !== columns.length) return null
  if (!columns.every((column) => typeof column === 'string' && question.found.includes(column))) return null
  return Object.fromEntries(pairs) as Mapping
}

export function rememberMapping(
  question: ColumnQuestion,
  mapping: Mapping,
  storage: Storing = () => localStorage,
): void {
  const name = nameOf(question)
  const others = Object.entries(readStored(storage, KEY)).filter(([other]) => other !== name)
  store(storage, KEY, Object.fromEntries([...others.slice(1 - MOST), [name, mapping]]))
}

/** Of the names alone, in whatever order. Two tables with one name are found out by their columns. */
function nameOf({ lacking, found }: ColumnQuestion): string {
  const names = JSON.stringify([[...lacking].sort(), [...found].sort()])
  return `of ${deriveSeed(0, 'columns', names)}`
}
