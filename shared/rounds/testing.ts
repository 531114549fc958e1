/** For tests of the rounds' state machine: small states, and the events of a whole crowd. */
import { createRounds, type JobProgress, step } from './machine.ts'
import type { Effect, RoundsConfig, RoundsEvent, RoundsState } from './state.ts'

export const CONFIG: RoundsConfig = {
  job: 'job',
  seed: 7,
  minClients: 2,
  clientsPerRound: null,
  overSelection: 1,
  deadlineMs: 60_000,
  maxAbandonedAttempts: 3,
  finalEvaluation: false,
  sampler: 'uniform',
}

const FRESH: JobProgress = { rounds: 3, committed: 0, lastAttempt: 0, control: 'run', ended: null }

export type Opened = Extract<Effect, { type: 'open' }>

/** A machine with what it answered, so that a test reads as a story. */
export class Story {
  readonly state: RoundsState
  readonly effects: Effect[] = []

  constructor(config: Partial<RoundsConfig> = {}, progress: Partial<JobProgress> = {}) {
    this.state = createRounds({ ...CONFIG, ...config }, { ...FRESH, ...progress })
  }

  /** Takes a step; returns its effects. */
  on(event: RoundsEvent): Effect[] {
    const effects = step(this.state, event)
    this.effects.push(...effects)
    return effects
  }

  /** Everybody joins while the job is held back, so that one selection sees them all; then it starts. */
  startWith(...clientIds: string[]): Opened {
    this.state.control = 'hold'
    for (const clientId of clientIds) this.join(clientId)
    this.on({ type: 'start' })
    return this.opened()
  }

  join(clientId: string, available = true): Effect[] {
    return this.on({ type: 'client-joined', clientId, examples: 100, eligible: true, available })
  }

  gone(clientId: string): Effect[] {
    return this.on({ type: 'client-gone', clientId })
  }

  /** The latest attempt. */
  opened(): Opened {
    const opened = this.effects.filter((e) => e.type === 'open').at(-1)
    if (!opened) throw new Error('no attempt was opened')
    return opened
  }

  selected(): string[] {
    return this.opened().tasks.map((t) => t.clientId)
  }

  answer(clientId: string): Effect[] {
    return this.on({ type: 'answered', taskId: this.taskOf(clientId) })
  }

  decline(clientId: string): Effect[] {
    return this.on({ type: 'declined', taskId: this.taskOf(clientId) })
  }

  deadline(): Effect[] {
    return this.on({ type: 'deadline', attempt: this.opened().attempt })
  }

  committed(): Effect[] {
    return this.on({ type: 'committed', attempt: this.opened().attempt })
  }

  private taskOf(clientId: string): string {
    const task = this.opened().tasks.find((t) => t.clientId === clientId)
    if (!task) throw new Error(`${clientId} has no task`)
    return task.taskId
  }
}

/** The effects' types, in order. */
export function types(effects: readonly Effect[]): string[] {
  return effects.map((e) => e.type)
}

/** client ids c01, c02, … */
export function crowd(count: number): string[] {
  return Array.from({ length: count }, (_, i) => `c${String(i + 1).padStart(2, '0')}`)
}
