/** How an attempt and its tasks show on the board, and what is kept of them in the store. */
import type { Clock } from '../../shared/clock/clock.ts'
import type { BarState, ClientBar, RoundRow } from '../../shared/protocol/dashboard.ts'
import type { Progress, UpdateBegin } from '../../shared/protocol/participant.ts'
import type { Effect } from '../../shared/rounds/state.ts'
import type { Board } from '../jobs/board.ts'
import type { AttemptPlan, AttemptRecord } from '../storage/records.ts'

type Opening = Extract<Effect, { type: 'open' }>

const RECOVERED = 'Its GPU failed in the task, which it then did anew.'
const UNRECORDED = 'Its GPU trains, but slower than it could: the model’s steps could not be recorded.'

export class AttemptView {
  readonly key: string
  private readonly job: string
  private readonly opening: Opening
  private readonly board: Board
  private readonly clock: Clock

  /** `resumed`: its row is on the board already, from before a restart. */
  constructor(job: string, opening: Opening, board: Board, clock: Clock, resumed: boolean) {
    this.key = `${opening.round}.${opening.attempt}`
    this.job = job
    this.opening = opening
    this.board = board
    this.clock = clock
    if (resumed) this.resume()
    else this.open()
  }

  private open(): void {
    const { opening, board } = this
    const now = this.clock.now()
    const row: RoundRow & { bars: ClientBar[] } = {
      key: this.key,
      round: opening.round,
      attempt: opening.attempt,
      tries: opening.tries,
      kind: opening.kind,
      state: 'open',
      reason: '',
      startedAt: now,
      deadlineAt: now + opening.deadlineMs,
      endedAt: null,
      version: null,
      updates: 0,
      bytesUp: 0,
      bytesDown: 0,
      bars: opening.tasks.map((task) => ({
        clientId: task.clientId,
        ordinal: board.client(task.clientId)?.ordinal ?? 0,
        state: 'download',
        sentAt: now,
        downloadedAt: null,
        trainedAt: null,
        answeredAt: null,
        fraction: 0,
        examples: task.examples,
        reason: '',
      })),
    }
    row.bars.sort((a, b) => a.ordinal - b.ordinal)
    board.openRound(row)
  }

  /** The sums were lost with the old process: nobody's answer is in yet, and the deadline begins anew. */
  private resume(): void {
    const { opening, board, key } = this
    const now = this.clock.now()
    board.setRound(key, { state: 'open', updates: 0, bytesUp: 0, bytesDown: 0, deadlineAt: now + opening.deadlineMs })
    for (const { clientId } of opening.tasks) {
      board.setBar(key, clientId, { state: 'download', fraction: 0, trainedAt: null, answeredAt: null, reason: '' })
    }
  }

  progress(clientId: string, { phase, fraction, examplesPerSecond }: Progress): void {
    const bar = this.board.bar(this.key, clientId)
    if (!bar) return
    const downloadedAt = phase === 'download' ? null : (bar.downloadedAt ?? this.clock.now())
    this.board.setBar(this.key, clientId, { state: phase, fraction, downloadedAt })
    this.board.setActivity(clientId, phase, examplesPerSecond === undefined ? {} : { examplesPerSecond })
  }

  /** The client has trained and begins to send. */
  uploading(clientId: string, begin: UpdateBegin): void {
    const bar = this.board.bar(this.key, clientId)
    if (!bar || bar.trainedAt !== null) return
    const trainedAt = this.clock.now()
    const downloadedAt = Math.min(trainedAt, bar.sentAt + begin.timings.downloadMs)
    this.board.setBar(this.key, clientId, { state: 'upload', downloadedAt, trainedAt, fraction: 0 })
    this.board.setActivity(clientId, 'upload')
  }

  counted(clientId: string, begin: UpdateBegin): void {
    const answeredAt = this.clock.now()
    this.board.setBar(this.key, clientId, { state: 'counted', answeredAt, fraction: 1, examples: begin.numExamples })
    this.board.addTraffic(this.key, begin.bytes, begin.bytesDown)
    this.board.countUpdate(this.key)
    const client = this.board.client(clientId)
    if (!client) return
    const { recoveries = 0, unrecorded = 0 } = begin.metrics
    this.board.setActivity(clientId, 'wait', {
      contributed: client.contributed + (this.opening.kind === 'train' ? 1 : 0),
      bytesUp: client.bytesUp + begin.bytes,
      bytesDown: client.bytesDown + begin.bytesDown,
      examplesPerSecond: begin.metrics.examples_per_second ?? client.examplesPerSecond,
      note: recoveries > 0 ? RECOVERED : unrecorded > 0 ? UNRECORDED : '',
    })
    if (recoveries > 0) this.board.say('warn', `Client ${client.ordinal}: ${RECOVERED}`)
  }

  /** A task that ended without counting. */
  dropped(
    clientId: string,
    state: Extract<BarState, 'declined' | 'gone' | 'rejected' | 'cut-off'>,
    reason: string,
  ): void {
    const doing = this.board.bar(this.key, clientId)?.state
    this.board.setBar(this.key, clientId, { state, reason, answeredAt: this.clock.now() })
    const { dropouts, dropoutPhases } = this.board.jobRow()
    const field = state === 'cut-off' ? 'cutOff' : state
    this.board.setJob({ dropouts: { ...dropouts, [field]: dropouts[field] + 1 } })
    if (doing === 'download' || doing === 'train' || doing === 'upload') {
      this.board.setJob({ dropoutPhases: { ...dropoutPhases, [doing]: dropoutPhases[doing] + 1 } })
    }
    if (state !== 'gone') this.board.setActivity(clientId, 'idle', { note: state === 'cut-off' ? '' : reason })
  }

  update(change: Partial<Omit<RoundRow, 'bars'>>): void {
    this.board.setRound(this.key, change)
  }

  /** The attempt is over; whoever waited for it is free again. */
  ended(change: Partial<Omit<RoundRow, 'bars'>>): void {
    this.update({ endedAt: this.clock.now(), ...change })
    for (const { clientId } of this.opening.tasks) {
      if (this.board.client(clientId)?.state === 'wait') this.board.setActivity(clientId, 'idle')
    }
  }

  /** `plan`: what a restart needs of it while it is open. */
  record(plan: AttemptPlan | null): AttemptRecord {
    const row = this.board.round(this.key)
    if (!row) throw new RangeError(`no row for attempt ${this.key}`)
    return { job: this.job, attempt: this.opening.attempt, round: this.opening.round, row, plan }
  }
}
