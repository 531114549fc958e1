/**
 * Random histories of a whole job, with ends and restarts of the coordinator at any point, against a second, naive
 * book-keeping (testing/book.ts) of what must hold after every step.
 */
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { counts, evidence } from '../testing.ts'
import { createRounds, step } from './machine.ts'
import type { RoundsConfig, RoundsEvent, RoundsState } from './state.ts'
import { Book } from './testing/book.ts'
import { progress } from './testing/durable.ts'
import { CLIENTS, config, EVERYBODY, type Move, move } from './testing/moves.ts'

const { histories } = counts({ reduced: { histories: 2000 }, full: { histories: 50_000 } })

/** A machine beside its book, and what happened to both. */
class History {
  private readonly book: Book
  private readonly saw: (what: string) => void
  private state: RoundsState

  constructor(rules: RoundsConfig, rounds: number, saw: (what: string) => void) {
    this.book = new Book(rules, rounds)
    this.saw = saw
    this.state = this.restored()
  }

  play(move: Move): void {
    if (move.do === 'crash') return this.crash(move.during && this.eventOf(move.during), move.written)
    if (move.do === 'unrecorded') {
      this.step(this.eventOf(move.move))
      return this.cannotRecord()
    }
    this.step(this.eventOf(move))
    this.book.flush()
  }

  /**
   * The person starts what waits, everybody is well-behaved from here on, and the coordinator ends only in the middle of
   * the steps in `crashes`, by how many of their writes become durable: the job reaches its end (R2).
   */
  runOut(crashes: ReadonlyMap<number, number>): void {
    const { book } = this
    for (let i = 0; i < 400 && !book.ended; i++) {
      const written = crashes.get(i)
      if (written === undefined) this.dispatch(this.next())
      else this.crash(this.next(), written)
    }
    expect(book.ended, 'R2: with well-behaved clients the job ends').not.toBeNull()
    this.saw(`at last ${book.ended}`)
  }

  private next(): RoundsEvent {
    const { book } = this
    if (book.control !== 'run') return { type: book.control === 'hold' ? 'start' : 'resume' }
    if (book.committing) return { type: 'committed', attempt: book.lastAttempt }
    const here = (id: string) => book.pool.get(id)?.available && book.pool.get(id)?.eligible && !book.awaited.has(id)
    const away = CLIENTS.find((id) => !here(id))
    if (away) return { type: 'client-joined', clientId: away, examples: 5, eligible: true, available: true }
    const taskId = book.open?.pending.values().next().value
    return taskId ? { type: 'answered', taskId } : { type: 'start' }
  }

  private dispatch(event: RoundsEvent): void {
    this.step(event)
    this.book.flush()
  }

  private step(event: RoundsEvent): void {
    const { book } = this
    if (event.type === 'client-joined' && book.awaited.has(event.clientId)) this.saw('awaited and back')
    if (event.type === 'client-gone' && book.awaited.has(event.clientId)) this.saw('awaited and given up')
    if (event.type === 'open-failed') this.saw('open-failed')
    book.before(event)
    for (const effect of step(this.state, event)) {
      this.saw(effect.type === 'ended' ? `ended ${effect.outcome}` : effect.type)
      book.effect(effect, event)
    }
    book.compare(this.state)
  }

  private cannotRecord(): void {
    const { book } = this
    const unrecorded = book.writes.some((write) => write.what === 'open')
    book.writes = book.writes.filter((write) => write.what !== 'open')
    if (unrecorded) this.step({ type: 'open-failed', attempt: book.lastAttempt, reason: 'the disk is full' })
    book.flush()
  }

  private crash(during: RoundsEvent | null, written: number): void {
    const { book } = this
    const before = book.durable.committed
    if (during) this.step(during)
    const phase = book.committing ? 'committing' : book.open ? 'open' : book.ended ? 'ended' : 'idle'
    this.saw(`crash while ${phase}`)
    for (const { what } of book.flush(written)) this.saw(`crash before ${what} is durable`)
    if (book.durable.committed > before) this.saw('crash after a commit is durable')
    book.crash()
    if (book.open) this.saw(`an attempt is open again: ${book.open.kind}`)
    this.state = this.restored()
    book.compare(this.state)
  }

  private restored(): RoundsState {
    return createRounds(this.book.config, progress(this.book.durable))
  }

  private eventOf(m: Move): RoundsEvent {
    const { book } = this
    switch (m.do) {
      case 'plain':
        return m.event
      case 'answered':
      case 'declined': {
        const among = [...(m.anyTask || !book.open ? book.issued : book.open.clients).keys()]
        return { type: m.do, taskId: among[m.pick % Math.max(1, among.length)] ?? 'none' }
      }
      case 'comes-back':
      case 'given-up': {
        const among = book.awaited.size > 0 ? [...book.awaited].sort() : CLIENTS
        const clientId = among[m.pick % among.length] ?? ''
        return m.do === 'given-up'
          ? { type: 'client-gone', clientId }
          : { type: 'client-joined', clientId, examples: 5, eligible: true, available: true }
      }
      case 'crash':
      case 'unrecorded':
        throw new TypeError(`${m.do} is no event`)
      default:
        return { type: m.do, attempt: book.lastAttempt - m.back, reason: 'the test said so' }
    }
  }
}

/** The histories are worth something only if all that can happen did happen, often. */
const MUST_BE_SEEN = [
  'open',
  'cancel',
  'commit',
  'evaluated',
  'abandoned',
  'ended finished',
  'ended stopped',
  'ended failed',
  'open-failed',
  'awaited and back',
  'awaited and given up',
  'crash while idle',
  'crash while open',
  'crash while committing',
  'crash while ended',
  'crash before open is durable',
  'crash before abandoned is durable',
  'crash before evaluated is durable',
  'crash before job is durable',
  'crash after a commit is durable',
  'an attempt is open again: train',
  'an attempt is open again: evaluate',
  'at last finished',
  'at last stopped',
  'at last failed',
]

it(`R1–R4, R6–R8: hold after every step of ${histories} random histories with crashes`, { timeout: 600_000 }, () => {
  const seen = new Map<string, number>()
  const saw = (what: string) => {
    seen.set(what, (seen.get(what) ?? 0) + 1)
  }
  const rounds = fc.constantFrom(1, 1, 2, 3, 4)
  const moves = fc.array(move, { maxLength: 60, size: 'max' })
  const crashes = fc.array(fc.tuple(fc.nat({ max: 40 }), fc.nat({ max: 3 })), { maxLength: 4 })
  fc.assert(
    fc.property(config, rounds, moves, crashes, (rules, planned, made, later) => {
      const history = new History(rules, planned, saw)
      for (const m of [...EVERYBODY, ...made]) history.play(m)
      history.runOut(new Map(later))
    }),
    { numRuns: histories, seed: 20_260_101 },
  )
  for (const what of MUST_BE_SEEN) expect(seen.get(what), what).toBeGreaterThan(histories / 250)
  evidence('histories', { histories }, Object.fromEntries(seen))
})
