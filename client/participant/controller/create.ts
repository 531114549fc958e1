/** The controller behind the participant's page: owns the two workers and the signals that the page shows. */
import { effect } from '@preact/signals'
import { errorInfo, TributaryError } from '../../../shared/errors/error.ts'
import type { Capabilities } from '../../../shared/protocol/participant.ts'
import { makeNonce } from '../../sdk/nonce.ts'
import { isForPages } from '../page-job.ts'
import type { BackendReport, DataChoice, Participant } from '../view.ts'
import { keepAwake } from './awake.ts'
import { spareBattery } from './battery.ts'
import { askBeforeClosing } from './closing.ts'
import { watchJob } from './job-poll.ts'
import { rememberLimits } from './limits.ts'
import { PartKeeper } from './part.ts'
import { sessionEvents } from './session-events.ts'
import { createState } from './state.ts'
import { TabMemory } from './tab-memory.ts'
import { Workers } from './workers.ts'

export function createParticipant(url: string = location.origin): Participant {
  const memory = new TabMemory()
  const state = createState(memory)
  const { job, connection, data, backendChoice, backend, membership, work, problem, notice } = state
  const nonce = makeNonce()
  let dataTurn = 0
  let probeTurn = 0
  /** Whether the coordinator has been told that this tab computes. */
  let told = false

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
    state.lostAt.value = null
    state.jobLeft.value = null
    stopPolling()
    stopPolling = watch()
  }

  const onEvent = sessionEvents({
    state,
    memory,
    part: new PartKeeper(state, memory),
    refused: () => goOutside('refused'),
    reload: () => location.reload(),
  })

  const workers = new Workers(url, (error) => {
    // Nothing that was asked of a worker which has ended will ever be answered.
    problem.value = error
    if (isMember()) goOutside('refused')
    if (data.value.status === 'reading') {
      data.value = { status: 'failed', choice: data.value.choice, error, question: null }
    }
    if (backend.value.status === 'probing') backend.value = { status: 'failed', error }
  })

  /** What was to be made again after a reload cannot be: the person chooses. */
  function notByItself(): void {
    if (notice.value?.kind === 'rejoining') notice.value = null
  }

  async function chooseData(choice: DataChoice): Promise<void> {
    const info = job.value
    // A member trains on what was declared to the coordinator, whatever the page shows meanwhile.
    if (!info || !isForPages(info) || isMember()) return
    const turn = ++dataTurn
    data.value = { status: 'reading', choice, progress: null }
    try {
      const preview = await workers.loadData(choice, info, (progress) => {
        if (turn === dataTurn) data.value = { status: 'reading', choice, progress }
      })
      if (turn !== dataTurn) return
      data.value = { status: 'ready', choice, preview }
      await probe()
    } catch (thrown) {
      if (turn !== dataTurn) return
      // What cannot be read cannot be asked about either.
      const question = await workers.askAboutColumns(choice, info).catch(() => null)
      if (turn !== dataTurn) return
      data.value = { status: 'failed', choice, error: errorInfo(thrown), question }
      notByItself()
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
      if (turn !== probeTurn) return
      backend.value = { status: 'failed', error: errorInfo(thrown, 'backend/none') }
      notByItself()
    }
  }

  function join(): void {
    if (data.value.status !== 'ready' || backend.value.status !== 'ready') return
    const { choice, preview } = data.value
    const { report } = backend.value
    // After a reload one is as paused as before it. Whoever presses the button wants to begin.
    const paused = notice.value?.kind === 'rejoining' && memory.joined?.paused === true
    memory.joined = { source: choice.source, backend: backendChoice.value, paused }
    told = !paused && !state.spared.value
    membership.value = 'joining'
    problem.value = null
    if (notice.value?.kind !== 'rejoining' && notice.value?.kind !== 'files-again') notice.value = null
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
            examplesPerSecond: report.examplesPerSecond ?? undefined,
            rates: ratesOf(report),
          },
          dataset: { source: choice.source, train: preview.train, validation: preview.validation },
          resumeToken: memory.token ?? undefined,
          nonce,
          available: told,
        },
        onEvent,
      )
      .catch((thrown) => {
        problem.value = errorInfo(thrown)
        goOutside('refused')
      })
  }

  const setAvailable = (available: boolean) => {
    membership.value = available ? 'member' : 'paused'
    if (memory.joined) memory.joined = { ...memory.joined, paused: !available }
  }

  // What a tab is there for follows from both: its person's word and its battery.
  effect(() => {
    const as = membership.value
    const available = as === 'member' && !state.spared.value
    if ((as !== 'member' && as !== 'paused') || available === told) return
    told = available
    if (!available) work.value = { kind: 'idle' }
    workers.setAvailable(available)
  })
  const goOnAllTheSame = spareBattery(state)
  effect(() => workers.setShare(state.limits.value.share / 100))

  keepAwake(state)
  askBeforeClosing(state)

  return {
    view: state,
    actions: {
      chooseData: (choice) => void chooseData(choice),
      chooseBackend: (choice) => {
        backendChoice.value = choice
        void probe()
      },
      join,
      pause: () => setAvailable(false),
      limit: (limits) => {
        state.limits.value = limits
        rememberLimits(limits)
      },
      resume: () => {
        goOnAllTheSame()
        setAvailable(true)
      },
      leave: () => {
        memory.joined = null
        notice.value = null
        workers.leave()
        goOutside('left')
      },
      async predict(pixels) {
        const info = job.value
        if (!info || !isForPages(info))
          throw new TributaryError('network/unreachable', 'The coordinator has not been reached yet.')
        return workers.predict(info, pixels)
      },
    },
  }
}

/** What was measured, the fastest first. */
function ratesOf({ trials }: BackendReport): Capabilities['rates'] {
  const rates = trials.flatMap(({ backend, examplesPerSecond }) =>
    examplesPerSecond === null ? [] : [{ backend, examplesPerSecond }],
  )
  return rates.sort((a, b) => b.examplesPerSecond - a.examplesPerSecond)
}
