/**
 * The rounds of a synchronous job as a state machine: no clock, no socket, no storage. `step` takes an event and
 * answers with effects for its driver to carry out; it changes the state that it is given in place, since a copy would
 * cost O(clients). Every step is O(1) in the number of clients, but for those that open or close an attempt.
 *
 * Rules R1 to R4 and R6 live here: one attempt at a time; it ends exactly once, in `commit`, `evaluated` or `abandoned`.
 */
import { planSelection, sample } from './select.ts'
import type {
  Attempt,
  Effect,
  IssuedTask,
  Outcome,
  RoundsConfig,
  RoundsEvent,
  RoundsState,
  TaskKind,
  TaskStatus,
} from './state.ts'

/** Clients whose last contribution is remembered, whether they are there or not. */
const CONTRIBUTIONS_KEPT = 100_000

export interface JobProgress {
  readonly rounds: number
  readonly committed: number
  readonly lastAttempt: number
  readonly control: RoundsState['control']
  /** How the job ended, if it had. */
  readonly ended: { readonly outcome: Outcome; readonly reason: string } | null
  /** What a restart finds besides; nothing for a job that begins. */
  readonly past?: Past
}

/** What the coordinator's end has left. Sums are lost with the process, so every task of the open attempt is pending again. */
export interface Past {
  readonly open: OpenPast | null
  readonly awaited: readonly string[]
  readonly priority: readonly string[]
  /** By client, the round to which it contributed last; least recent first. */
  readonly contributed: readonly (readonly [clientId: string, round: number])[]
}

export interface OpenPast {
  readonly kind: TaskKind
  readonly round: number
  readonly attempt: number
  readonly tries: number
  readonly target: number
  readonly quorum: number
  readonly tasks: readonly IssuedTask[]
}

export function createRounds(config: RoundsConfig, progress: JobProgress): RoundsState {
  const { past } = progress
  const state: RoundsState = {
    config,
    control: progress.control,
    rounds: progress.rounds,
    committed: progress.committed,
    lastAttempt: progress.lastAttempt,
    abandonedInARow: 0,
    clients: new Map(),
    selectable: new Set(),
    priority: new Set(past?.priority),
    awaited: new Set(past?.awaited),
    contributed: new Map(past?.contributed),
    evaluated: false,
    stopping: false,
    phase: progress.ended ? { kind: 'ended', ...progress.ended } : { kind: 'idle' },
  }
  if (past?.open && !progress.ended) reopen(state, past.open)
  return state
}

/** The attempt goes on under its ids (R8); its clients are in the pool, but away until they come back. */
function reopen(state: RoundsState, { tasks, tries, ...attempt }: OpenPast): void {
  for (const { taskId, clientId, examples } of tasks) {
    state.clients.set(clientId, { examples, eligible: true, available: false, task: taskId })
    state.awaited.add(clientId)
  }
  state.abandonedInARow = tries - 1
  const pending = tasks.map(
    ({ taskId, clientId }) => [taskId, { taskId, clientId, status: 'pending' as const }] as const,
  )
  state.phase = {
    kind: 'open',
    attempt: { ...attempt, tasks: new Map(pending), pending: tasks.length, answered: 0 },
  }
}

export function step(state: RoundsState, event: RoundsEvent): Effect[] {
  const effects: Effect[] = []
  apply(state, event, effects)
  proceed(state, effects)
  return effects
}

function apply(state: RoundsState, event: RoundsEvent, effects: Effect[]): void {
  switch (event.type) {
    case 'client-joined':
      return join(state, event.clientId, event)
    case 'client-available':
      return setAvailable(state, event.clientId, event.available)
    case 'client-gone':
      return remove(state, event.clientId)
    case 'answered':
      return close(state, event.taskId, 'answered')
    case 'declined':
      return close(state, event.taskId, 'declined')
    case 'deadline':
      if (state.phase.kind === 'open' && state.phase.attempt.attempt === event.attempt) expire(state, effects)
      return
    case 'open-failed': {
      const open =
        state.phase.kind === 'open' && state.phase.attempt.attempt === event.attempt ? state.phase.attempt : null
      if (!open) return
      abandon(state, open, effects, event.reason)
      // The store is at fault, not the clients: another attempt would meet it again at once.
      if (state.phase.kind === 'idle') end(state, 'failed', event.reason, effects)
      return
    }
    case 'sums-lost':
      if (state.phase.kind === 'open' && state.phase.attempt.attempt === event.attempt) {
        abandon(state, state.phase.attempt, effects, event.reason)
      }
      return
    case 'committed':
      if (state.phase.kind !== 'committing' || state.phase.attempt.attempt !== event.attempt) return
      state.committed = state.phase.attempt.round
      state.abandonedInARow = 0
      rememberContributions(state, state.phase.attempt)
      state.phase = { kind: 'idle' }
      if (state.stopping) end(state, 'stopped', '', effects)
      return
    case 'commit-failed':
      if (state.phase.kind !== 'committing' || state.phase.attempt.attempt !== event.attempt) return
      return end(state, 'failed', event.reason, effects)
    case 'start':
      if (state.phase.kind === 'ended' && state.phase.outcome !== 'failed') return
      state.control = 'run'
      state.abandonedInARow = 0
      if (state.phase.kind === 'ended') state.phase = { kind: 'idle' }
      return
    case 'pause':
      if (state.control === 'run' && state.phase.kind !== 'ended') state.control = 'drain'
      return
    case 'resume':
      if (state.control === 'drain') state.control = 'run'
      return
    case 'stop':
      return stop(state, effects)
    case 'more':
      state.rounds += event.rounds
      state.evaluated = false
      state.stopping = false
      state.control = 'run'
      state.abandonedInARow = 0
      if (state.phase.kind === 'ended') state.phase = { kind: 'idle' }
      return
    default:
      event satisfies never
  }
}

/** Whatever follows from the state as it now is, until nothing more does. */
function proceed(state: RoundsState, effects: Effect[]): void {
  for (;;) {
    const { phase } = state
    if (phase.kind === 'open') {
      if (!settle(state, phase.attempt, effects)) return
    } else if (phase.kind === 'idle') {
      if (!openNext(state, effects)) return
    } else return
  }
}

/** Ends the open attempt if its answers allow or demand it (R3). */
function settle(state: RoundsState, attempt: Attempt, effects: Effect[]): boolean {
  const enough = attempt.answered >= attempt.target
  if (!enough && attempt.pending > 0 && attempt.answered + attempt.pending >= attempt.quorum) return false
  if (attempt.answered >= attempt.quorum) {
    // Only an early commit cuts off whoever might still have been in time.
    for (const task of attempt.tasks.values()) if (task.status === 'pending') state.priority.add(task.clientId)
    complete(state, attempt, effects)
  } else {
    abandon(state, attempt, effects, `only ${attempt.answered} of the ${needed(attempt)} could still come`)
  }
  return true
}

/** The deadline has passed: commits with what there is, or abandons. */
function expire(state: RoundsState, effects: Effect[]): void {
  if (state.phase.kind !== 'open') return
  const { attempt } = state.phase
  if (attempt.answered >= attempt.quorum) return complete(state, attempt, effects)
  abandon(state, attempt, effects, `${attempt.answered} of the ${needed(attempt)} had come at the deadline`)
}

function needed({ quorum }: Attempt): string {
  return quorum === 1 ? '1 answer needed' : `${quorum} answers needed`
}

function complete(state: RoundsState, attempt: Attempt, effects: Effect[]): void {
  cutOff(state, attempt, 'The round has ended without this answer.', effects)
  if (attempt.kind === 'evaluate') {
    // More rounds may have been asked for meanwhile; their model is evaluated anew.
    state.evaluated = state.committed >= state.rounds
    state.phase = { kind: 'idle' }
    effects.push({ type: 'evaluated', attempt: attempt.attempt })
    return
  }
  state.phase = { kind: 'committing', attempt }
  const taskIds = [...attempt.tasks.values()].filter((t) => t.status === 'answered').map((t) => t.taskId)
  effects.push({ type: 'commit', round: attempt.round, attempt: attempt.attempt, taskIds })
}

function abandon(state: RoundsState, attempt: Attempt, effects: Effect[], reason: string): void {
  cutOff(state, attempt, `The attempt was abandoned: ${reason}.`, effects)
  effects.push({ type: 'abandoned', round: attempt.round, attempt: attempt.attempt, reason })
  state.phase = { kind: 'idle' }
  // Where nobody is left, it is people that are waited for, not a fault that repeats: one may pause as often as one likes.
  if (state.selectable.size === 0) return
  state.abandonedInARow++
  const { maxAbandonedAttempts } = state.config
  if (state.abandonedInARow >= maxAbandonedAttempts) {
    end(
      state,
      'failed',
      `${maxAbandonedAttempts} attempts in a row were abandoned; the last one because ${reason}`,
      effects,
    )
  }
}

function cutOff(state: RoundsState, attempt: Attempt, reason: string, effects: Effect[]): void {
  if (attempt.pending === 0) return
  const tasks = [...attempt.tasks.values()].filter((t) => t.status === 'pending')
  for (const task of tasks) finishTask(state, attempt, task.taskId, 'cut-off')
  effects.push({ type: 'cancel', tasks, reason })
}

function openNext(state: RoundsState, effects: Effect[]): boolean {
  if (state.control !== 'run') return false
  if (state.committed >= state.rounds) {
    if (!state.evaluated && state.config.finalEvaluation) {
      if (state.awaited.size > 0) return false
      if (state.selectable.size > 0) {
        return open(state, 'evaluate', state.committed, [...state.selectable].sort(), 0, effects)
      }
    }
    end(state, 'finished', '', effects)
    return true
  }
  if (state.awaited.size > 0 || state.selectable.size < state.config.minClients) return false
  const round = state.committed + 1
  const { selected, target } = planSelection(state.config, state.selectable.size)
  return open(state, 'train', round, sample(state, round, state.lastAttempt + 1, selected), target, effects)
}

function open(
  state: RoundsState,
  kind: 'train' | 'evaluate',
  round: number,
  ids: readonly string[],
  target: number,
  effects: Effect[],
): boolean {
  const number = ++state.lastAttempt
  const tasks: IssuedTask[] = []
  const attempt: Attempt = {
    kind,
    round,
    attempt: number,
    target: kind === 'train' ? target : ids.length,
    quorum: kind === 'train' ? state.config.minClients : 0,
    tasks: new Map(),
    pending: ids.length,
    answered: 0,
  }
  for (const clientId of ids) {
    const client = state.clients.get(clientId)
    if (!client) continue
    const taskId = `${state.config.job}/${number}/${clientId}`
    attempt.tasks.set(taskId, { taskId, clientId, status: 'pending' })
    tasks.push({ taskId, clientId, examples: client.examples })
    client.task = taskId
    state.selectable.delete(clientId)
    state.priority.delete(clientId)
  }
  state.phase = { kind: 'open', attempt }
  effects.push({
    type: 'open',
    kind,
    round,
    attempt: number,
    tries: state.abandonedInARow + 1,
    tasks,
    deadlineMs: state.config.deadlineMs,
  })
  return true
}

function join(
  state: RoundsState,
  clientId: string,
  { examples, eligible, available }: Extract<RoundsEvent, { type: 'client-joined' }>,
): void {
  const known = state.clients.get(clientId)
  state.clients.set(clientId, { examples, eligible, available, task: known?.task ?? null })
  state.awaited.delete(clientId)
  refresh(state, clientId)
}

function setAvailable(state: RoundsState, clientId: string, available: boolean): void {
  const client = state.clients.get(clientId)
  if (!client) return
  client.available = available
  refresh(state, clientId)
}

function remove(state: RoundsState, clientId: string): void {
  state.awaited.delete(clientId)
  state.priority.delete(clientId)
  const client = state.clients.get(clientId)
  if (!client) return
  if (client.task) close(state, client.task, 'gone')
  state.clients.delete(clientId)
  state.selectable.delete(clientId)
}

function close(state: RoundsState, taskId: string, status: TaskStatus): void {
  if (state.phase.kind === 'open') finishTask(state, state.phase.attempt, taskId, status)
}

function finishTask(state: RoundsState, attempt: Attempt, taskId: string, status: TaskStatus): void {
  const task = attempt.tasks.get(taskId)
  if (task?.status !== 'pending') return
  task.status = status
  attempt.pending--
  if (status === 'answered') attempt.answered++
  const client = state.clients.get(task.clientId)
  if (client?.task === taskId) {
    client.task = null
    refresh(state, task.clientId)
  }
}

function refresh(state: RoundsState, clientId: string): void {
  const client = state.clients.get(clientId)
  if (client?.available && client.eligible && client.task === null) state.selectable.add(clientId)
  else state.selectable.delete(clientId)
}

function rememberContributions({ contributed }: RoundsState, { tasks, round }: Attempt): void {
  for (const { clientId, status } of tasks.values()) {
    if (status !== 'answered') continue
    // Taken out and put in again, so that the map's order is that of the contributions.
    contributed.delete(clientId)
    contributed.set(clientId, round)
  }
  for (const [oldest] of contributed) {
    if (contributed.size <= CONTRIBUTIONS_KEPT) return
    contributed.delete(oldest)
  }
}

function stop(state: RoundsState, effects: Effect[]): void {
  if (state.phase.kind === 'ended') return
  if (state.phase.kind === 'committing') {
    state.stopping = true
    return
  }
  if (state.phase.kind === 'open') {
    const { attempt } = state.phase
    cutOff(state, attempt, 'The job was stopped.', effects)
    effects.push({ type: 'abandoned', round: attempt.round, attempt: attempt.attempt, reason: 'the job was stopped' })
  }
  end(state, 'stopped', '', effects)
}

function end(state: RoundsState, outcome: Outcome, reason: string, effects: Effect[]): void {
  state.stopping = false
  state.phase = { kind: 'ended', outcome, reason }
  effects.push({ type: 'ended', outcome, reason })
}
