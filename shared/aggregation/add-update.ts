import type { ParamsLimits } from '../updates/check.ts'
import type { UpdateSource } from '../updates/source.ts'
import type { Adding, Aggregator, Counting } from './aggregator.ts'

/** What the caller may do while an update is being added. */
export interface Turns {
  /** Gives the event loop a turn. Called between two tiles only. */
  giveWay(): Promise<void>
  /** Asked before each tile and before the end; at "no" the update is taken out again. */
  keepGoing?(): boolean | Promise<boolean>
  /** Called in the same turn in which the update has begun to count: nobody sees the sums with it before. */
  onCounted?(): void
}

/**
 * Checks an update and adds it, tile by tile (rules U1, A1): it counts as a whole or leaves no trace. Throws the
 * TributaryError of what is wrong with it, and what `source` throws; should the source fail again while the update is
 * taken out, the adding stays open, and the aggregator throws at all but `reset`.
 */
export async function addUpdate(
  aggregator: Aggregator,
  counting: Counting,
  source: UpdateSource,
  limits: ParamsLimits,
  turns: Turns,
): Promise<'added' | 'stopped'> {
  if (source.length !== aggregator.length) {
    throw new RangeError(`an update of ${source.length} elements for sums of ${aggregator.length}`)
  }
  const adding = aggregator.begin(counting, limits)
  let counted = false
  try {
    counted = await addTiles(adding, source, turns)
    return counted ? 'added' : 'stopped'
  } finally {
    if (!counted) await takeOut(adding, source, turns)
  }
}

async function addTiles(adding: Adding, source: UpdateSource, turns: Turns): Promise<boolean> {
  let begun = false
  for await (const values of source.tiles(adding.room)) {
    if (begun) await turns.giveWay()
    begun = true
    if (!(await goesOn(turns))) return false
    adding.tile(values)
  }
  if (!adding.isProven && !(await measure(adding, source, turns))) return false
  // No turn of anybody else's may lie between a plain answer and the end.
  const going = turns.keepGoing?.() ?? true
  if (!(typeof going === 'boolean' ? going : await going)) return false
  adding.finish()
  turns.onCounted?.()
  return true
}

async function measure(adding: Adding, source: UpdateSource, turns: Turns): Promise<boolean> {
  for await (const values of source.tiles(adding.room)) {
    await turns.giveWay()
    if (!(await goesOn(turns))) return false
    adding.measure(values)
  }
  return true
}

async function goesOn({ keepGoing }: Turns): Promise<boolean> {
  return (await keepGoing?.()) ?? true
}

async function takeOut(adding: Adding, source: UpdateSource, turns: Turns): Promise<void> {
  if (adding.held > 0) {
    for await (const values of source.tiles(adding.room)) {
      // A reset has ended it meanwhile.
      if (adding.held === 0) break
      adding.undo(values)
      if (adding.held === 0) break
      await turns.giveWay()
    }
  }
  adding.abandon()
}
