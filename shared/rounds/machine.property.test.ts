/**
 * Random histories of a whole job against a second, naive book-keeping of what must hold after every step.
 * The book-keeping sees events and effects only; the machine's own state is compared with it.
 */
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { step } from './machine.ts'
import type { Effect, Outcome, RoundsConfig, RoundsEvent, RoundsState, TaskKind } from './state.ts'
import { CONFIG, crowd, Story } from './testing.ts'

const RUNS = 2000
const CLIENTS = crowd(6)

/** An event whose task or attempt is still to be picked among those that there have been. */
type Move =
  | { readonly do: 'plain'; readonly event: RoundsEvent }
  | { readonly do: 'answered'; readonly pick: number; readonly anyTask: boolean }
  | { readonly do: 'declined'; readonly pick: number; readonly anyTask: boolean }
  | { readonly do: 'deadline' | 'committed' | 'commit-failed'; readonly back: number }

const clientId = fc.constantFrom(...CLIENTS)
const plain = (event: fc.Arbitrary<RoundsEvent>): fc.Arbitrary<Move> =>
  event.map((e) => ({ do: 'plain', event: e }) as const)
const pick = fc.nat({ max: 30 })
/** Mostly. */
const wanted = fc.constantFrom(true, true, true, false)
/** Mostly the latest attempt. */
const back = fc.oneof(
  { weight: 6, arbitrary: fc.constant(0) },
  { weight: 1, arbitrary: fc.integer({ min: 1, max: 3 }) },
)
const anyTask = fc.oneof({ weight: 6, arbitrary: fc.constant(false) }, { weight: 1, arbitrary: fc.constant(true) })

const move: fc.Arbitrary<Move> = fc.oneof(
  {
    weight: 14,
    arbitrary: plain(
      fc.record({
        type: fc.constant('client-joined' as const),
        clientId,
        examples: fc.integer({ min: 1, max: 9 }),
        available: wanted,
      }),
    ),
  },
  {
    weight: 4,
    arbitrary: plain(fc.record({ type: fc.constant('client-available' as const), clientId, available: wanted })),
  },
  { weight: 3, arbitrary: plain(fc.record({ type: fc.constant('client-gone' as const), clientId })) },
  { weight: 40, arbitrary: fc.record({ do: fc.constant('answered' as const), pick, anyTask }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('declined' as const), pick, anyTask }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('deadline' as const), back }) },
  { weight: 20, arbitrary: fc.record({ do: fc.constant('committed' as const), back }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('commit-failed' as const), back }) },
  {
    weight: 8,
    arbitrary: plain(fc.constantFrom({ type: 'start' }, { type: 'pause' }, { type: 'resume' }, { type: 'resume' })),
  },
  { weight: 1, arbitrary: plain(fc.constant({ type: 'stop' })) },
  {
    weight: 1,
    arbitrary: plain(fc.record({ type: fc.constant('more' as const), rounds: fc.integer({ min: 1, max: 2 }) })),
  },
)

const EVERYBODY: readonly Move[] = CLIENTS.map((id) => ({
  do: 'plain',
  event: { type: 'client-joined', clientId: id, examples: 5, available: true },
}))

const config: fc.Arbitrary<RoundsConfig> = fc
  .record({
    seed: fc.nat(),
    minClients: fc.integer({ min: 1, max: 4 }),
    extra: fc.option(fc.integer({ min: 0, max: 2 })),
    overSelection: fc.constantFrom(1, 1.3, 2, 3),
    maxAbandonedAttempts: fc.integer({ min: 1, max: 3 }),
    finalEvaluation: fc.boolean(),
  })
  .map(({ extra, ...rest }) => ({
    ...CONFIG,
    ...rest,
    clientsPerRound: extra === null ? null : rest.minClients + extra,
  }))

interface OpenBook {
  readonly kind: TaskKind
  readonly round: number
  readonly attempt: number
  readonly target: number
  /** By task id. */
  readonly clients: Map<string, string>
  readonly pending: Set<string>
  readonly answered: Set<string>
}

/** What an onlooker knows. Throws where an effect breaks a rule. */
class Book {
  readonly config: RoundsConfig
  rounds: number
  committed = 0
  lastAttempt = 0
  abandonedInARow = 0
  open: OpenBook | null = null
  committing: OpenBook | null = null
  ended: Outcome | null = null
  readonly available = new Map<string, boolean>()
  readonly taskIds = new Set<string>()

  constructor(config: RoundsConfig, rounds: number) {
    this.config = config
    this.rounds = rounds
  }

  before(event: RoundsEvent): void {
    switch (event.type) {
      case 'client-joined':
      case 'client-available':
        if (event.type === 'client-joined' || this.available.has(event.clientId))
          this.available.set(event.clientId, event.available)
        return
      case 'client-gone':
        this.available.delete(event.clientId)
        for (const [taskId, client] of this.open?.clients ?? []) {
          if (client === event.clientId) this.open?.pending.delete(taskId)
        }
        return
      case 'answered':
      case 'declined':
        if (this.open?.pending.delete(event.taskId) && event.type === 'answered') this.open.answered.add(event.taskId)
        return
      case 'committed':
        if (this.committing?.attempt !== event.attempt) return
        this.committed = this.committing.round
        this.abandonedInARow = 0
        this.committing = null
        return
      case 'commit-failed':
        if (this.committing?.attempt === event.attempt) this.committing = null
        return
      case 'start':
        if (this.ended === null || this.ended === 'failed') this.restart()
        return
      case 'more':
        this.rounds += event.rounds
        this.restart()
        return
      default:
    }
  }

  private restart(): void {
    this.ended = null
    this.abandonedInARow = 0
  }

  effect(effect: Effect, cause: RoundsEvent): void {
    switch (effect.type) {
      case 'open':
        return this.opens(effect)
      case 'cancel': {
        const ids = effect.tasks.map((t) => t.taskId)
        expect(new Set(ids)).toEqual(this.open?.pending)
        return this.open?.pending.clear()
      }
      case 'commit':
        expect(this.open, 'R2: only an open attempt commits').toMatchObject({ kind: 'train', attempt: effect.attempt })
        expect(effect.round, 'versions grow by one').toBe(this.committed + 1)
        expect(new Set(effect.taskIds), 'R4, R6: what was answered is committed').toEqual(this.open?.answered)
        expect(effect.taskIds.length, 'R3: at least the minimum').toBeGreaterThanOrEqual(this.config.minClients)
        this.committing = this.open
        this.open = null
        return
      case 'evaluated':
        expect(this.open).toMatchObject({ kind: 'evaluate', attempt: effect.attempt })
        this.open = null
        return
      case 'abandoned':
        expect(this.open, 'R2: only an open attempt is abandoned').toMatchObject({ attempt: effect.attempt })
        if (cause.type !== 'stop') {
          expect(this.open?.answered.size, 'R3: enough answers are not thrown away').toBeLessThan(
            this.config.minClients,
          )
          // Absence is waited for; only what another attempt would meet again counts.
          const here = [...this.available.values()].filter(Boolean).length
          if (here >= this.config.minClients) this.abandonedInARow++
        }
        this.open = null
        return
      case 'ended':
        expect(this.open ?? this.committing ?? this.ended, 'a job ends once, between attempts').toBeNull()
        if (effect.outcome === 'finished') expect(this.committed).toBeGreaterThanOrEqual(this.rounds)
        if (effect.outcome === 'failed' && cause.type !== 'commit-failed')
          expect(this.abandonedInARow, 'R3').toBe(this.config.maxAbandonedAttempts)
        this.ended = effect.outcome
        return
      default:
        effect satisfies never
    }
  }

  private opens({ kind, round, attempt, tasks, deadlineMs }: Extract<Effect, { type: 'open' }>): void {
    expect(this.open ?? this.committing ?? this.ended, 'one attempt at a time').toBeNull()
    expect(attempt, 'attempts grow by one').toBe(this.lastAttempt + 1)
    expect(deadlineMs, 'R2: always a deadline').toBe(this.config.deadlineMs)
    expect(round).toBe(kind === 'train' ? this.committed + 1 : this.committed)
    expect(round).toBeLessThanOrEqual(this.rounds)
    const clients = new Map(tasks.map((t) => [t.taskId, t.clientId]))
    expect(new Set(clients.values()).size, 'each client once').toBe(tasks.length)
    expect(tasks.length).toBeGreaterThanOrEqual(kind === 'train' ? this.config.minClients : 1)
    for (const { taskId, clientId: id } of tasks) {
      same(this.available.get(id), true, 'only available clients are selected')
      same(this.taskIds.has(taskId), false, 'a task id was used before')
    }
    const { clientsPerRound, overSelection, minClients } = this.config
    const target =
      kind === 'evaluate'
        ? tasks.length
        : clientsPerRound === null
          ? Math.max(minClients, Math.ceil(tasks.length / overSelection))
          : Math.min(clientsPerRound, tasks.length)
    this.lastAttempt = attempt
    for (const taskId of clients.keys()) this.taskIds.add(taskId)
    this.open = { kind, round, attempt, target, clients, pending: new Set(clients.keys()), answered: new Set() }
  }

  /** What must hold between two events. */
  compare(state: RoundsState): void {
    const { open, committing } = this
    same(state.committed, this.committed, 'rounds committed')
    same(state.lastAttempt, this.lastAttempt, 'the last attempt')
    same(state.rounds, this.rounds, 'rounds planned')
    same(state.phase.kind, open ? 'open' : committing ? 'committing' : this.ended ? 'ended' : 'idle', 'the phase')
    const busy = new Set([...(open?.pending ?? [])].map((taskId) => open?.clients.get(taskId)))
    const free = [...this.available].filter(([id, wants]) => wants && !busy.has(id)).map(([id]) => id)
    same([...state.selectable].sort().join(), free.sort().join(), 'selectable are the available without a task')
    same(state.clients.size, this.available.size, 'clients')
    for (const id of state.priority) same(this.available.has(id) && !busy.has(id), true, 'priority is for the free')
    if (open && state.phase.kind === 'open') {
      const { attempt } = state.phase
      const count = (status: string) => [...attempt.tasks.values()].filter((t) => t.status === status).length
      same(attempt.pending, open.pending.size, 'the counter of pending tasks')
      same(attempt.answered, open.answered.size, 'the counter of answers')
      same(attempt.target, open.target, 'R1: the answers wanted')
      same(count('pending'), open.pending.size, 'pending tasks')
      same(count('answered'), open.answered.size, 'answered tasks')
      const { minClients } = this.config
      same(open.answered.size < open.target, true, 'R3: open only while more answers are wanted')
      same(open.pending.size > 0, true, 'R3: open only while answers can come')
      const hope = open.kind === 'evaluate' || open.answered.size + open.pending.size >= minClients
      same(hope, true, 'R3: open only while they can be enough')
    }
    if (state.phase.kind === 'idle' && state.control === 'run') {
      same(this.committed < this.rounds, true, 'a job whose rounds are done has ended')
      same(free.length < this.config.minClients, true, 'an idle job waits for clients')
    }
  }
}

/** As expect(…).toBe, which is too slow to be asked a million times. */
function same<T>(actual: T, expected: T, what: string): void {
  if (!Object.is(actual, expected)) expect(actual, what).toBe(expected)
}

function eventOf(m: Move, book: Book): RoundsEvent {
  if (m.do === 'plain') return m.event
  if (m.do === 'answered' || m.do === 'declined') {
    const among = [...(m.anyTask || !book.open ? book.taskIds : book.open.clients.keys())]
    return { type: m.do, taskId: among[m.pick % Math.max(1, among.length)] ?? 'none' }
  }
  return { type: m.do, attempt: book.lastAttempt - m.back, reason: 'the test said so' }
}

it(`R1–R4, R6: hold after every step of ${RUNS} random histories`, () => {
  const seen = new Map<string, number>()
  fc.assert(
    fc.property(
      config,
      fc.integer({ min: 1, max: 4 }),
      fc.array(move, { maxLength: 60, size: 'max' }),
      (rules, rounds, moves) => {
        const { state } = new Story(rules, { rounds })
        const book = new Book(rules, rounds)
        for (const m of [...EVERYBODY, ...moves]) {
          const event = eventOf(m, book)
          book.before(event)
          for (const effect of step(state, event)) {
            const key = effect.type === 'ended' ? `ended ${effect.outcome}` : effect.type
            seen.set(key, (seen.get(key) ?? 0) + 1)
            book.effect(effect, event)
          }
          book.compare(state)
        }
      },
    ),
    { numRuns: RUNS, seed: 20_260_101 },
  )
  // The histories are worth something only if all that can happen did happen, often.
  for (const key of [
    'open',
    'cancel',
    'commit',
    'evaluated',
    'abandoned',
    'ended finished',
    'ended stopped',
    'ended failed',
  ]) {
    expect(seen.get(key), key).toBeGreaterThan(50)
  }
})
