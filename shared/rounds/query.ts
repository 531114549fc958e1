import type { JobState } from '../protocol/participant.ts'
import type { Attempt, RoundsState, TaskState } from './state.ts'

/** The attempt whose answers may still come or are being committed. */
export function currentAttempt(state: RoundsState): Attempt | null {
  return state.phase.kind === 'open' || state.phase.kind === 'committing' ? state.phase.attempt : null
}

/** The task if an answer to it would count now. */
export function openTask(state: RoundsState, taskId: string): TaskState | null {
  if (state.phase.kind !== 'open') return null
  const task = state.phase.attempt.tasks.get(taskId)
  return task?.status === 'pending' ? task : null
}

/** Whether a task was issued to this client: its id says so. */
export function isTaskOf(taskId: string, clientId: string): boolean {
  return taskId.endsWith(`/${clientId}`)
}

/** Whether the job waits for its start. */
export function isHeld(state: RoundsState): boolean {
  return state.control === 'hold' && state.phase.kind !== 'ended'
}

/** The job's state and the sentence that goes with it. */
export function jobState(state: RoundsState): { state: JobState; reason: string } {
  const { phase, control } = state
  if (phase.kind === 'ended') return { state: phase.outcome, reason: phase.reason }
  if (control === 'drain') {
    return phase.kind === 'idle'
      ? { state: 'paused', reason: '' }
      : { state: 'pausing', reason: `Round ${phase.attempt.round} is still brought to its end.` }
  }
  if (phase.kind !== 'idle') return { state: 'running', reason: '' }
  if (control === 'hold') return { state: 'waiting', reason: 'Waiting to be started.' }
  if (state.awaited.size > 0) {
    const who = state.awaited.size === 1 ? '1 participant' : `${state.awaited.size} participants`
    return { state: 'waiting', reason: `Waiting for ${who} to come back after the coordinator’s restart.` }
  }
  const missing = state.config.minClients - state.selectable.size
  return { state: 'waiting', reason: `Waiting for ${missing} more ${missing === 1 ? 'participant' : 'participants'}.` }
}
