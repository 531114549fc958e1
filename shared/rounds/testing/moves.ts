/** Random moves of a job's history, and the jobs they are played on. Which task or attempt one means is picked later. */
import fc from 'fast-check'
import { type RoundsConfig, type RoundsEvent, SAMPLERS } from '../state.ts'
import { CONFIG, crowd } from '../testing.ts'

export const CLIENTS = crowd(6)

export type Move =
  | { readonly do: 'plain'; readonly event: RoundsEvent }
  | { readonly do: 'answered' | 'declined'; readonly pick: number; readonly anyTask: boolean }
  | { readonly do: 'deadline' | 'committed' | 'commit-failed'; readonly back: number }
  /** One of those who are awaited after a restart. */
  | { readonly do: 'comes-back' | 'given-up'; readonly pick: number }
  /** The move happens, but what it opens cannot be recorded. */
  | { readonly do: 'unrecorded'; readonly move: Move }
  /**
   * The coordinator ends and is started again. `during`: in the middle of this move, of which only the first `written`
   * writes became durable; without it, between two moves.
   */
  | { readonly do: 'crash'; readonly during: Move | null; readonly written: number }

const clientId = fc.constantFrom(...CLIENTS)
const pick = fc.nat({ max: 30 })
const mostly = fc.constantFrom(true, true, true, false)
const rarely = fc.oneof({ weight: 6, arbitrary: fc.constant(false) }, { weight: 1, arbitrary: fc.constant(true) })
/** Mostly the latest attempt. */
const back = fc.oneof(
  { weight: 6, arbitrary: fc.constant(0) },
  { weight: 1, arbitrary: fc.integer({ min: 1, max: 3 }) },
)

const plain = (event: fc.Arbitrary<RoundsEvent>): fc.Arbitrary<Move> => event.map((e) => ({ do: 'plain', event: e }))

const joined = plain(
  fc.record({
    type: fc.constant('client-joined' as const),
    clientId,
    examples: fc.integer({ min: 1, max: 9 }),
    eligible: mostly,
    available: mostly,
  }),
)
const available = plain(fc.record({ type: fc.constant('client-available' as const), clientId, available: mostly }))
const gone = plain(fc.record({ type: fc.constant('client-gone' as const), clientId }))
const command = plain(fc.constantFrom({ type: 'start' }, { type: 'pause' }, { type: 'resume' }, { type: 'resume' }))
const more = plain(fc.record({ type: fc.constant('more' as const), rounds: fc.integer({ min: 1, max: 2 }) }))

const simple: fc.Arbitrary<Move> = fc.oneof(
  { weight: 14, arbitrary: joined },
  { weight: 4, arbitrary: available },
  { weight: 3, arbitrary: gone },
  { weight: 36, arbitrary: fc.record({ do: fc.constant('answered' as const), pick, anyTask: rarely }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('declined' as const), pick, anyTask: rarely }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('deadline' as const), back }) },
  { weight: 20, arbitrary: fc.record({ do: fc.constant('committed' as const), back }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('commit-failed' as const), back }) },
  { weight: 14, arbitrary: fc.record({ do: fc.constant('comes-back' as const), pick }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('given-up' as const), pick }) },
  { weight: 8, arbitrary: command },
  { weight: 1, arbitrary: plain(fc.constant({ type: 'stop' })) },
  { weight: 1, arbitrary: more },
)

/** Moves that close an attempt and open the next: where there is most to lose. */
const turning: fc.Arbitrary<Move> = fc.oneof(
  fc.constant<Move>({ do: 'committed', back: 0 }),
  fc.constant<Move>({ do: 'deadline', back: 0 }),
  fc.record({ do: fc.constant('answered' as const), pick, anyTask: fc.constant(false) }),
  joined,
)

export const move: fc.Arbitrary<Move> = fc.oneof(
  { weight: 14, arbitrary: simple },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('crash' as const),
      during: fc.option(fc.oneof(simple, { weight: 3, arbitrary: turning }), { freq: 4 }),
      written: fc.constantFrom(0, 0, 1, 1, 2, 3),
    }),
  },
  // It does something only where the move opens an attempt.
  { weight: 1, arbitrary: fc.record({ do: fc.constant('unrecorded' as const), move: fc.oneof(simple, turning) }) },
)

/** Histories begin with everybody there: otherwise half of them would be about joining. */
export const EVERYBODY: readonly Move[] = CLIENTS.map((id) => ({
  do: 'plain',
  event: { type: 'client-joined', clientId: id, examples: 5, eligible: true, available: true },
}))

export const config: fc.Arbitrary<RoundsConfig> = fc
  .record({
    seed: fc.nat(),
    minClients: fc.integer({ min: 1, max: 4 }),
    extra: fc.option(fc.integer({ min: 0, max: 2 })),
    overSelection: fc.constantFrom(1, 1.3, 2, 3),
    maxAbandonedAttempts: fc.integer({ min: 1, max: 3 }),
    finalEvaluation: fc.boolean(),
    sampler: fc.constantFrom(...SAMPLERS),
  })
  .map(({ extra, ...rest }) => ({
    ...CONFIG,
    ...rest,
    clientsPerRound: extra === null ? null : rest.minClients + extra,
  }))
