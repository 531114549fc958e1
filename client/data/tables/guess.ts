/** Which of a table's columns is probably which of the job's, by names that are alike. */
import type { Mapping } from './columns.ts'

/** Below it two names have little more than chance in common. */
const ALIKE = 0.4

/** Each column of the table stands for one of the wanted at most, the likeliest first; what is like none stays out. */
export function guessMapping(wanted: readonly string[], found: readonly string[]): Mapping {
  const pairs = wanted.flatMap((name) => found.map((column) => ({ name, column, alike: likeness(name, column) })))
  const guessed = new Map<string, string>()
  const taken = new Set<string>()
  for (const { name, column, alike } of pairs.sort((a, b) => b.alike - a.alike)) {
    if (alike < ALIKE || guessed.has(name) || taken.has(column)) continue
    guessed.set(name, column)
    taken.add(column)
  }
  return Object.fromEntries(guessed)
}

/**
 * From 0 to 1: twice the pairs of letters that two names share, of all that they have (Dice 1945). Of one that is within the
 * other, such as price in unit_price_eur, at least a half. Case, accents and signs do not count.
 */
export function likeness(one: string, other: string): number {
  const [a, b] = [letters(one), letters(other)]
  if (a === '' || b === '') return 0
  if (a === b) return 1
  const [pairsA, pairsB] = [pairsOf(a), pairsOf(b)]
  let shared = 0
  for (const pair of pairsA) {
    const at = pairsB.indexOf(pair)
    if (at < 0) continue
    pairsB.splice(at, 1)
    shared++
  }
  const dice = (2 * shared) / (a.length + b.length - 2 || 1)
  const within = Math.min(a.length, b.length) >= 3 && (a.includes(b) || b.includes(a))
  return Math.max(dice, within ? 0.5 : 0)
}

const letters = (name: string): string =>
  name
    .normalize('NFKD')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]/gu, '')

const pairsOf = (text: string): string[] => Array.from({ length: text.length - 1 }, (_, i) => text.slice(i, i + 2))
