/** One's part in a job: what is counted of it, and that it is counted once (R4), through reloads too. */
import type { SessionEvent } from '../../sdk/events.ts'
import type { Contribution } from '../view.ts'
import type { State } from './state.ts'
import type { TabMemory } from './tab-memory.ts'

type Ended = Extract<SessionEvent, { type: 'task-ended' }>
type Settled = Extract<SessionEvent, { type: 'settled' }>

const NONE: Contribution = { rounds: 0, bytesUp: 0, bytesDown: 0 }

export class PartKeeper {
  private readonly contribution: State['contribution']
  private readonly memory: TabMemory
  private clientId: string
  private job: string
  private lastTask: string

  constructor({ contribution }: State, memory: TabMemory) {
    this.contribution = contribution
    this.memory = memory
    const { part } = memory
    this.clientId = part?.clientId ?? ''
    this.job = part?.job ?? ''
    this.lastTask = part?.task ?? ''
  }

  /** True where this client is another one than the part is of; it begins at nothing then. */
  isOf(clientId: string): boolean {
    const other = this.clientId !== '' && this.clientId !== clientId
    if (other) this.clear()
    this.clientId = clientId
    this.save()
    return !other
  }

  /** True where the part is of this job; that of another one is over. */
  isIn(job: string): boolean {
    const other = this.job !== '' && this.job !== job
    if (other) this.clear()
    this.job = job
    this.save()
    return !other
  }

  ended({ task, receipt, bytesUp, bytesDown }: Ended): void {
    const taken = receipt?.status === 'accepted' || receipt?.status === 'duplicate'
    const counts = taken && task.kind === 'train' && task.taskId !== this.lastTask
    const so = this.contribution.value
    this.contribution.value = {
      rounds: so.rounds + (counts ? 1 : 0),
      bytesUp: so.bytesUp + (taken ? bytesUp : 0),
      bytesDown: so.bytesDown + bytesDown,
    }
    if (counts) this.lastTask = task.taskId
    this.save()
  }

  /** A round that was given up holds nothing of anybody. */
  settled({ taskId, outcome }: Settled): void {
    if (outcome !== 'abandoned' || taskId !== this.lastTask) return
    const so = this.contribution.value
    this.contribution.value = { ...so, rounds: Math.max(0, so.rounds - 1) }
    this.lastTask = ''
    this.save()
  }

  private clear(): void {
    this.contribution.value = NONE
    this.lastTask = ''
  }

  private save(): void {
    const { clientId, job, lastTask } = this
    if (clientId !== '' && job !== '') {
      this.memory.part = { clientId, job, task: lastTask, ...this.contribution.value }
    }
  }
}
