/**
 * A second, naive book-keeping of a job's rounds. It sees events, effects and the coordinator's ends only, throws where
 * one breaks a rule, and says after every step what the machine's state must be.
 */
import { expect } from 'vitest'
import type { Effect, Outcome, RoundsConfig, RoundsEvent, RoundsState, TaskKind } from '../state.ts'
import { closed, committed, type Durable, fresh, job, opened, type Write } from './durable.ts'

interface OpenBook {
  readonly kind: TaskKind
  readonly round: number
  readonly attempt: number
  readonly target: number
  /** By task id, in the order of the tasks. */
  readonly clients: Map<string, string>
  readonly pending: Set<string>
  readonly answered: Set<string>
  cutOff: readonly string[]
}

type Opens = Extract<Effect, { type: 'open' }>

export class Book {
  readonly config: RoundsConfig
  durable: Durable
  /** Not durable yet; a crash may lose the last of them. */
  writes: Write[] = []
  rounds: number
  control: RoundsState['control'] = 'run'
  committed = 0
  lastAttempt = 0
  abandonedInARow = 0
  open: OpenBook | null = null
  committing: OpenBook | null = null
  ended: Outcome | null = null
  readonly pool = new Map<string, { available: boolean; eligible: boolean }>()
  readonly awaited = new Set<string>()
  readonly priority = new Set<string>()
  readonly contributed = new Map<string, number>()
  /** All ids that ever went out, with whom they went to. */
  readonly issued = new Map<string, string>()
  /** Of every version that became durable. */
  readonly counted = new Set<string>()

  constructor(config: RoundsConfig, rounds: number) {
    this.config = config
    this.rounds = rounds
    this.durable = fresh(rounds)
  }

  before(event: RoundsEvent): void {
    switch (event.type) {
      case 'client-joined':
        this.awaited.delete(event.clientId)
        this.pool.set(event.clientId, { available: event.available, eligible: event.eligible })
        return
      case 'client-available': {
        const known = this.pool.get(event.clientId)
        if (known) known.available = event.available
        return
      }
      case 'client-gone':
        this.awaited.delete(event.clientId)
        this.pool.delete(event.clientId)
        this.priority.delete(event.clientId)
        for (const [taskId, client] of this.open?.clients ?? []) {
          if (client === event.clientId) this.open?.pending.delete(taskId)
        }
        return
      case 'answered':
      case 'declined':
        if (this.open?.pending.delete(event.taskId) && event.type === 'answered') this.open.answered.add(event.taskId)
        return
      case 'committed':
        return this.becomesDurable(event.attempt)
      case 'commit-failed':
        if (this.committing?.attempt !== event.attempt) return
        this.writes.push(closed('abandoned', event.attempt, [...this.committing.clients.values()]))
        this.committing = null
        return
      case 'start':
        if (this.ended === null || this.ended === 'failed') this.restart()
        return
      case 'pause':
        if (this.control === 'run' && !this.ended) this.control = 'drain'
        return
      case 'resume':
        if (this.control === 'drain') this.control = 'run'
        return
      case 'more':
        this.rounds += event.rounds
        this.restart()
        return
      default:
    }
  }

  /** The transaction of a commit is through: nothing that happens to the coordinator can undo it. */
  private becomesDurable(attempt: number): void {
    if (this.committing?.attempt !== attempt) return
    const { round, clients, answered, cutOff } = this.committing
    const senders = [...answered].map((taskId) => clients.get(taskId) ?? '')
    for (const taskId of answered) {
      same(this.counted.has(taskId), false, 'R4: a task counts in one version only')
      this.counted.add(taskId)
    }
    same(round, this.durable.committed + 1, 'R7: versions grow by one, over crashes too')
    for (const id of senders) this.contributed.set(id, round)
    this.apply(committed(round, { clients: [...clients.values()], answered: senders, cutOff }))
    this.committed = round
    this.abandonedInARow = 0
    this.committing = null
  }

  private restart(): void {
    this.ended = null
    this.abandonedInARow = 0
    this.control = 'run'
  }

  effect(effect: Effect, cause: RoundsEvent): void {
    switch (effect.type) {
      case 'open':
        return this.opens(effect)
      case 'cancel': {
        const ids = effect.tasks.map((t) => t.taskId)
        expect(new Set(ids)).toEqual(this.open?.pending)
        if (this.open) this.open.cutOff = effect.tasks.map((t) => t.clientId)
        return this.open?.pending.clear()
      }
      case 'commit': {
        const { open } = this
        expect(open, 'R2: only an open attempt commits').toMatchObject({ kind: 'train', attempt: effect.attempt })
        if (!open) return
        expect(effect.round, 'versions grow by one').toBe(this.committed + 1)
        expect(new Set(effect.taskIds), 'R4, R6: what was answered is committed').toEqual(open.answered)
        expect(effect.taskIds.length, 'R3: at least the minimum').toBeGreaterThanOrEqual(this.config.minClients)
        // Only an early commit cuts off whoever might still have been in time.
        if (open.answered.size < open.target) open.cutOff = []
        for (const id of open.cutOff) this.priority.add(id)
        this.committing = open
        this.open = null
        return
      }
      case 'evaluated':
        expect(this.open).toMatchObject({ kind: 'evaluate', attempt: effect.attempt })
        return this.closes('evaluated')
      case 'abandoned':
        expect(this.open, 'R2: only an open attempt is abandoned').toMatchObject({ attempt: effect.attempt })
        if (cause.type !== 'stop') {
          expect(this.open?.answered.size, 'R3: enough answers are not thrown away').toBeLessThan(
            this.config.minClients,
          )
          // Absence is waited for; only what another attempt would meet again counts.
          if (this.free(true).length > 0) this.abandonedInARow++
        }
        return this.closes('abandoned')
      case 'ended':
        expect(this.open ?? this.committing ?? this.ended, 'a job ends once, between attempts').toBeNull()
        if (effect.outcome === 'finished') expect(this.committed).toBeGreaterThanOrEqual(this.rounds)
        if (effect.outcome === 'failed' && cause.type !== 'commit-failed' && cause.type !== 'open-failed')
          expect(this.abandonedInARow, 'R3').toBe(this.config.maxAbandonedAttempts)
        this.ended = effect.outcome
        return
      default:
        effect satisfies never
    }
  }

  private closes(what: 'abandoned' | 'evaluated'): void {
    if (this.open) this.writes.push(closed(what, this.open.attempt, [...this.open.clients.values()]))
    this.open = null
  }

  private opens({ kind, round, attempt, tries, tasks, deadlineMs }: Opens): void {
    expect(this.open ?? this.committing ?? this.ended, 'one attempt at a time').toBeNull()
    same(this.awaited.size, 0, 'R8: nobody is selected while somebody is awaited')
    expect(attempt, 'attempts grow by one').toBe(this.lastAttempt + 1)
    expect(tries).toBe(this.abandonedInARow + 1)
    expect(deadlineMs, 'R2: always a deadline').toBe(this.config.deadlineMs)
    expect(round).toBe(kind === 'train' ? this.committed + 1 : this.committed)
    expect(round).toBeLessThanOrEqual(this.rounds)
    const clients = new Map(tasks.map((t) => [t.taskId, t.clientId]))
    const selected = new Set(clients.values())
    expect(selected.size, 'each client once').toBe(tasks.length)
    const free = this.free()
    const { clientsPerRound, overSelection, minClients } = this.config
    const wanted =
      kind === 'evaluate' || clientsPerRound === null ? free.length : Math.ceil(clientsPerRound * overSelection)
    same(tasks.length, Math.min(wanted, free.length), 'R1: as many are selected as the factor says')
    expect(tasks.length).toBeGreaterThanOrEqual(kind === 'train' ? minClients : 1)
    for (const { taskId, clientId } of tasks) {
      same(free.includes(clientId), true, 'R1: only who fits, is available and has no task is selected')
      same(this.issued.has(taskId), false, 'R8: a task id went out before')
    }
    this.fair(
      [...selected],
      free.filter((id) => !selected.has(id)),
    )
    const target =
      kind === 'evaluate'
        ? tasks.length
        : clientsPerRound === null
          ? Math.max(minClients, Math.ceil(tasks.length / overSelection))
          : Math.min(clientsPerRound, tasks.length)
    for (const id of selected) this.priority.delete(id)
    this.lastAttempt = attempt
    const quorum = kind === 'train' ? minClients : 0
    this.writes.push(opened({ kind, round, attempt, tries, target, quorum, tasks }))
    const pending = new Set(clients.keys())
    this.open = { kind, round, attempt, target, clients, pending, answered: new Set(), cutOff: [] }
  }

  /** R1: nobody is left out who comes before somebody selected. */
  private fair(selected: readonly string[], left: readonly string[]): void {
    const order = (id: string) =>
      (this.priority.has(id) ? 0 : 1000) +
      (this.config.sampler === 'least-recent' ? (this.contributed.get(id) ?? 0) : 0)
    const last = Math.max(...selected.map(order))
    const next = Math.min(...left.map(order))
    same(last <= next, true, 'R1: priority first, then, where it is to be fair, whoever contributed longest ago')
  }

  /** Whom a selection could take now; `ended`: as if no task were pending. */
  free(ended = false): string[] {
    const busy = new Set([...(this.open?.pending ?? [])].map((taskId) => this.open?.clients.get(taskId)))
    return [...this.pool]
      .filter(([id, { available, eligible }]) => available && eligible && (ended || !busy.has(id)))
      .map(([id]) => id)
  }

  /**
   * The step is over, and so are its writes, or the first `count` of them: then tasks go out.
   * @returns what is lost
   */
  flush(count = Number.POSITIVE_INFINITY): Write[] {
    const writes = [...this.writes, job(this.rounds, this.control, this.ended)]
    this.writes = []
    for (const write of writes.slice(0, count)) {
      this.apply(write)
      if (write.what !== 'open') continue
      for (const { taskId, clientId } of this.durable.open?.tasks ?? []) this.issued.set(taskId, clientId)
    }
    return writes.slice(count)
  }

  private apply(write: Write): void {
    this.durable = { ...this.durable, ...write.change(this.durable) }
  }

  /** Nothing is left but what is durable. */
  crash(): void {
    const { open, last, priority, contributed, ...rest } = this.durable
    Object.assign(this, rest)
    this.committing = null
    this.open = open && {
      ...open,
      clients: new Map(open.tasks.map((t) => [t.taskId, t.clientId])),
      pending: new Set(open.tasks.map((t) => t.taskId)),
      answered: new Set(),
      cutOff: [],
    }
    if (this.ended) this.open = null
    this.abandonedInARow = this.open && open ? open.tries - 1 : 0
    this.pool.clear()
    for (const id of this.open?.clients.values() ?? []) this.pool.set(id, { available: false, eligible: true })
    replace(this.awaited, this.open?.clients.values() ?? (open ? [] : last))
    replace(this.priority, priority)
    this.contributed.clear()
    for (const [id, round] of contributed) this.contributed.set(id, round)
  }

  /** What must hold between two events. */
  compare(state: RoundsState): void {
    const { open, committing } = this
    same(state.committed, this.committed, 'rounds committed')
    same(state.lastAttempt, this.lastAttempt, 'the last attempt')
    same(state.rounds, this.rounds, 'rounds planned')
    same(state.control, this.control, 'the control')
    same(state.phase.kind, open ? 'open' : committing ? 'committing' : this.ended ? 'ended' : 'idle', 'the phase')
    const free = this.free()
    same(text(state.selectable), text(free), 'selectable are those who fit, are available and have no task')
    same(text(state.clients.keys()), text(this.pool.keys()), 'clients')
    same(text(state.awaited), text(this.awaited), 'who is awaited')
    same(text(state.priority), text(this.priority), 'R1: who has priority')
    const rounds = (of: ReadonlyMap<string, number>) => text([...of].map((entry) => entry.join(':')))
    same(rounds(state.contributed), rounds(this.contributed), 'who contributed when')
    if (open && state.phase.kind === 'open') this.compareOpen(open, state.phase.attempt)
    if (state.phase.kind === 'idle' && state.control === 'run' && this.awaited.size === 0) {
      same(this.committed < this.rounds, true, 'a job whose rounds are done has ended')
      same(free.length < this.config.minClients, true, 'an idle job waits for clients')
    }
  }

  private compareOpen(open: OpenBook, attempt: Extract<RoundsState['phase'], { kind: 'open' }>['attempt']): void {
    const { minClients } = this.config
    const withStatus = (status: string) =>
      text([...attempt.tasks.values()].filter((t) => t.status === status).map((t) => t.taskId))
    same(attempt.attempt, open.attempt, 'R8: the attempt')
    same(attempt.pending, open.pending.size, 'the counter of pending tasks')
    same(attempt.answered, open.answered.size, 'the counter of answers')
    same(attempt.target, open.target, 'R1, R8: the answers wanted')
    same(attempt.quorum, open.kind === 'train' ? minClients : 0, 'R3, R8: the answers needed')
    same(withStatus('pending'), text(open.pending), 'pending tasks')
    same(withStatus('answered'), text(open.answered), 'answered tasks')
    same(open.answered.size < open.target, true, 'R3: open only while more answers are wanted')
    same(open.pending.size > 0, true, 'R3: open only while answers can come')
    const hope = open.kind === 'evaluate' || open.answered.size + open.pending.size >= minClients
    same(hope, true, 'R3: open only while they can be enough')
  }
}

/** As expect(…).toBe, which is too slow to be asked a million times. */
function same<T>(actual: T, expected: T, what: string): void {
  if (!Object.is(actual, expected)) expect(actual, what).toBe(expected)
}

function text(ids: Iterable<string>): string {
  return [...ids].sort().join()
}

function replace(set: Set<string>, by: Iterable<string>): void {
  const next = [...by]
  set.clear()
  for (const id of next) set.add(id)
}
