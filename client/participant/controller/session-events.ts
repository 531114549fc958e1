/** What the page makes of the session's reports. */
import type { JobInfo } from '../../../shared/protocol/participant.ts'
import { PROTOCOL_VERSION } from '../../../shared/protocol/version.ts'
import type { SessionEvent } from '../../sdk/events.ts'
import type { BackendReport, BackendTrial } from '../view.ts'
import type { PartKeeper } from './part.ts'
import { RoundClock } from './round-clock.ts'
import type { State } from './state.ts'
import type { TabMemory } from './tab-memory.ts'

const CURVE_POINTS = 600

/** The new page is fetched a moment later, and not by everybody at once. */
const RENEW_MS = [1000, 5000] as const

export interface Surroundings {
  readonly state: State
  readonly memory: TabMemory
  readonly part: PartKeeper
  /** The membership is over, not by one's own wish. */
  readonly refused: () => void
  readonly reload: () => void
}

type Of<T extends SessionEvent['type']> = Extract<SessionEvent, { type: T }>

export function sessionEvents({ state, memory, part, refused, reload }: Surroundings): (event: SessionEvent) => void {
  let currentTask = ''
  let rounds = new RoundClock()

  function onConnection(connection: Of<'connection'>['state']): void {
    state.connection.value = connection
    if (connection === 'reconnecting') state.lostAt.value ??= Date.now()
    if (connection === 'connected') state.lostAt.value = null
  }

  function onWelcome({ clientId, resumeToken, ineligible }: Of<'welcome'>): void {
    const before = state.notice.value?.kind
    memory.token = resumeToken
    memory.forgetRenewal()
    state.ineligible.value = ineligible
    if (state.membership.value === 'joining') state.membership.value = memory.joined?.paused ? 'paused' : 'member'
    const same = part.isOf(clientId)
    if (!same) {
      state.curve.value = []
      state.notice.value = { kind: 'new' }
    } else if (before === 'rejoining' || before === 'files-again') {
      state.notice.value = { kind: 'back' }
    } else if (before === 'turned-away') {
      state.notice.value = null
    }
  }

  function onJob(job: JobInfo): void {
    if (!part.isIn(job.id)) state.curve.value = []
    if (state.job.peek()?.id !== job.id) rounds = new RoundClock()
    state.job.value = job
    state.jobLeft.value = rounds.seen(job.round, job.rounds, job.state === 'running', Date.now())
  }

  function onTask({ task, phase, fraction }: Of<'task'>): void {
    const before = state.work.value
    const rate = before.kind === 'task' ? before.examplesPerSecond : null
    currentTask = task.taskId
    if (phase === 'download' && fraction === 0) state.problem.value = null
    const { kind, round } = task
    state.work.value = {
      kind: 'task',
      task: kind,
      round,
      phase,
      fraction,
      examplesPerSecond: rate,
      secondsLeft: null,
    }
  }

  function onTraining({ task, progress }: Of<'training'>): void {
    const { fraction, loss, metric, examplesPerSecond, secondsLeft } = progress
    const { kind, round } = task
    state.work.value = { kind: 'task', task: kind, round, phase: 'train', fraction, examplesPerSecond, secondsLeft }
    state.curve.value = [...state.curve.value, { at: round - 1 + fraction, loss, metric }].slice(-CURVE_POINTS)
  }

  function onTaskEnded(event: Of<'task-ended'>): void {
    part.ended(event)
    const taken = event.receipt?.status === 'accepted' || event.receipt?.status === 'duplicate'
    if (taken && (state.notice.value?.kind === 'back' || state.notice.value?.kind === 'new')) state.notice.value = null
    // The end of a task that another one has replaced says nothing of what the tab does now.
    if (!taken && event.task.taskId === currentTask) state.work.value = { kind: 'idle' }
  }

  /** What the page tells of is what computes. */
  function onCapabilities({ capabilities }: Of<'capabilities'>): void {
    const before = state.backend.value
    if (before.status !== 'ready') return
    const { report } = before
    const { backend, adapter, hardware, reason = '' } = capabilities
    const known = report.trials.find((trial) => trial.backend === backend)?.examplesPerSecond ?? null
    const rate = capabilities.examplesPerSecond ?? known
    const { examplesPerSecond, secondsPerRound } = inTime(report, rate)
    const trials = report.trials.map((trial): BackendTrial => {
      if (trial.backend === backend)
        return { ...trial, adapter, outcome: 'chosen', reason: '', examplesPerSecond: rate }
      return trial.outcome === 'chosen' ? { ...trial, outcome: 'failed', reason: '' } : trial
    })
    const computing = { backend, adapter, hardware, reason, examplesPerSecond, secondsPerRound }
    state.backend.value = { ...before, report: { ...report, ...computing, trials } }
  }

  function onSettled(event: Of<'settled'>): void {
    part.settled(event)
    const { work } = state
    const waits = work.value.kind === 'task' && work.value.phase === 'wait'
    if (waits && event.taskId === currentTask) work.value = { kind: 'idle' }
  }

  function onProblem({ error, fatal }: Of<'problem'>): void {
    state.problem.value = error
    if (!fatal) return
    if (error.code === 'protocol/too-old') return renew()
    memory.joined = null
    state.notice.value = null
    refused()
  }

  /** There is a newer page than this one. It is fetched once; a page that is still the old one then needs a person. */
  function renew(): void {
    state.problem.value = null
    refused()
    if (!memory.noteRenewal(PROTOCOL_VERSION)) {
      state.notice.value = { kind: 'still-old' }
      return
    }
    state.notice.value = { kind: 'renewing' }
    const [from, to] = RENEW_MS
    setTimeout(reload, from + (to - from) * Math.random())
  }

  return (event) => {
    switch (event.type) {
      case 'connection':
        return onConnection(event.state)
      case 'welcome':
        return onWelcome(event)
      case 'turned-away':
        state.notice.value = { kind: 'turned-away', message: event.error.message, until: Date.now() + event.retryMs }
        return
      case 'job':
        return onJob(event.job)
      case 'task':
        return onTask(event)
      case 'training':
        return onTraining(event)
      case 'task-ended':
        return onTaskEnded(event)
      case 'settled':
        return onSettled(event)
      case 'capabilities':
        return onCapabilities(event)
      case 'problem':
        return onProblem(event)
      default:
        event satisfies never
    }
  }
}

/** What the report says of time, at another rate; null where that is not known. */
function inTime(
  report: BackendReport,
  rate: number | null,
): Pick<BackendReport, 'examplesPerSecond' | 'secondsPerRound'> {
  const { examplesPerSecond, secondsPerRound } = report
  if (rate === null || examplesPerSecond === null || secondsPerRound === null)
    return { examplesPerSecond: rate, secondsPerRound: null }
  return { examplesPerSecond: rate, secondsPerRound: (secondsPerRound * examplesPerSecond) / rate }
}
