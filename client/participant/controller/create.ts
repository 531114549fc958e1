/** The controller behind the participant's page: owns the two workers and the signals that the page shows. */
import { signal } from '@preact/signals'
import type { ErrorInfo } from '../../../shared/errors/error.ts'
import { errorInfo, TributaryError } from '../../../shared/errors/error.ts'
import type { BackendName, JobInfo } from '../../../shared/protocol/participant.ts'
import type { SessionEvent } from '../../sdk/events.ts'
import type {
  BackendState,
  Connection,
  Contribution,
  DataChoice,
  DataState,
  LocalPoint,
  Membership,
  Participant,
  Work,
} from '../view.ts'
import { watchJob } from './job-poll.ts'
import { Workers } from './workers.ts'

const CURVE_POINTS = 600

export function createParticipant(url: string = location.origin): Participant {
  const job = signal<JobInfo | null>(null)
  const connection = signal<Connection>('offline')
  const data = signal<DataState>({ status: 'empty' })
  const backendChoice = signal<BackendName | 'auto'>('auto')
  const backend = signal<BackendState>({ status: 'probing' })
  const membership = signal<Membership>('outside')
  const work = signal<Work>({ kind: 'idle' })
  const curve = signal<readonly LocalPoint[]>([])
  const contribution = signal<Contribution>({ rounds: 0, bytesUp: 0, bytesDown: 0 })
  const problem = signal<ErrorInfo | null>(null)
  let dataTurn = 0
  let probeTurn = 0
  let currentTask = ''

  const watch = () =>
    watchJob(url, {
      seen: (info) => {
        job.value = info
        connection.value = 'connected'
        if (problem.value?.code === 'network/unreachable') problem.value = null
      },
      failed: (error) => {
        connection.value = 'offline'
        problem.value = error
      },
    })
  let stopPolling = watch()

  const isMember = () => ['joining', 'member', 'paused'].includes(membership.value)

  /** Out of the job, by one's own wish or not: the page looks after the job by itself again. */
  function goOutside(how: 'left' | 'refused'): void {
    membership.value = how
    work.value = { kind: 'idle' }
    stopPolling()
    stopPolling = watch()
  }

  const workers = new Workers(url, (error) => {
    // Nothing that was asked of a worker which has ended will ever be answered.
    problem.value = error
    if (isMember()) goOutside('refused')
    if (data.value.status === 'reading') data.value = { status: 'failed', choice: data.value.choice, error }
    if (backend.value.status === 'probing') backend.value = { status: 'failed', error }
  })

  async function chooseData(choice: DataChoice): Promise<void> {
    const info = job.value
    // A member trains on what was declared to the coordinator, whatever the page shows meanwhile.
    if (!info || isMember()) return
    const turn = ++dataTurn
    data.value = { status: 'reading', choice }
    try {
      const preview = await workers.loadData(choice, info)
      if (turn !== dataTurn) return
      data.value = { status: 'ready', choice, preview }
      await probe()
    } catch (thrown) {
      if (turn === dataTurn) data.value = { status: 'failed', choice, error: errorInfo(thrown) }
    }
  }

  async function probe(): Promise<void> {
    const info = job.value
    if (!info || data.value.status !== 'ready') return
    const turn = ++probeTurn
    backend.value = { status: 'probing' }
    try {
      const report = await workers.probe(info, backendChoice.value)
      if (turn === probeTurn) backend.value = { status: 'ready', report }
    } catch (thrown) {
      if (turn === probeTurn) backend.value = { status: 'failed', error: errorInfo(thrown, 'backend/none') }
    }
  }

  function join(): void {
    if (data.value.status !== 'ready' || backend.value.status !== 'ready') return
    const { choice, preview } = data.value
    const { report } = backend.value
    membership.value = 'joining'
    problem.value = null
    stopPolling()
    workers
      .join(
        {
          url,
          capabilities: {
            backend: report.backend,
            adapter: report.adapter.slice(0, 200),
            hardware: report.hardware,
            reason: report.reason.slice(0, 500),
          },
          dataset: { source: choice.source, train: preview.train, validation: preview.validation },
        },
        onEvent,
      )
      .catch((thrown) => {
        problem.value = errorInfo(thrown)
        goOutside('refused')
      })
  }

  function onEvent(event: SessionEvent): void {
    switch (event.type) {
      case 'connection':
        connection.value = event.state
        return
      case 'welcome':
        if (membership.value === 'joining') membership.value = 'member'
        return
      case 'job':
        if (job.value && job.value.id !== event.job.id) {
          curve.value = []
          contribution.value = { rounds: 0, bytesUp: 0, bytesDown: 0 }
        }
        job.value = event.job
        return
      case 'task': {
        const before = work.value
        const rate = before.kind === 'task' ? before.examplesPerSecond : null
        const { task, phase, fraction } = event
        currentTask = task.taskId
        if (phase === 'download' && fraction === 0) problem.value = null
        work.value = { kind: 'task', task: task.kind, round: task.round, phase, fraction, examplesPerSecond: rate }
        return
      }
      case 'training': {
        const { task, progress } = event
        const { fraction, loss, accuracy, examplesPerSecond } = progress
        work.value = { kind: 'task', task: task.kind, round: task.round, phase: 'train', fraction, examplesPerSecond }
        curve.value = [...curve.value, { at: task.round - 1 + fraction, loss, accuracy }].slice(-CURVE_POINTS)
        return
      }
      case 'task-ended': {
        const { task, receipt, bytesUp, bytesDown } = event
        const taken = receipt?.status === 'accepted' || receipt?.status === 'duplicate'
        const counted = taken && task.kind === 'train' ? 1 : 0
        const so = contribution.value
        contribution.value = {
          rounds: so.rounds + counted,
          bytesUp: so.bytesUp + (taken ? bytesUp : 0),
          bytesDown: so.bytesDown + bytesDown,
        }
        // The end of a task that another one has replaced says nothing of what the tab does now.
        if (!taken && task.taskId === currentTask) work.value = { kind: 'idle' }
        return
      }
      case 'problem':
        problem.value = event.error
        if (event.fatal) goOutside('refused')
        return
      default:
        event satisfies never
    }
  }

  const setAvailable = (available: boolean) => {
    membership.value = available ? 'member' : 'paused'
    if (!available) work.value = { kind: 'idle' }
    workers.setAvailable(available)
  }

  return {
    view: { job, connection, data, backendChoice, backend, membership, work, curve, contribution, problem },
    actions: {
      chooseData: (choice) => void chooseData(choice),
      chooseBackend: (choice) => {
        backendChoice.value = choice
        void probe()
      },
      join,
      pause: () => setAvailable(false),
      resume: () => setAvailable(true),
      leave: () => {
        workers.leave()
        goOutside('left')
      },
      async predict(pixels) {
        const info = job.value
        if (!info) throw new TributaryError('network/unreachable', 'The coordinator has not been reached yet.')
        return workers.predict(info, pixels)
      },
    },
  }
}
