/**
 * An independent book of a whole coordinator's history: what became durable when, what each tab offered and was told.
 * It throws at the first thing that breaks a rule, and recomputes every version from the updates that counted in it.
 */
import { expect } from 'vitest'
import type { AttemptRecord, CountedRecord, VersionRecord } from '../../../server/storage/records.ts'
import type { DashboardSnapshot } from '../../../shared/protocol/dashboard.ts'
import { EVENTS } from '../../../shared/protocol/events.ts'
import {
  type Acceptance,
  type JobInfo,
  jobInfoSchema,
  type Receipt,
  type Task,
  taskCancelSchema,
  taskSchema,
  taskSettledSchema,
} from '../../../shared/protocol/participant.ts'
import type { Trap, Witness } from './disk.ts'
import { ELEMENTS } from './house.ts'
import type { Tab } from './tab.ts'
import { UNIT, type Update } from './update.ts'

interface Planned {
  readonly attempt: number
  readonly clientId: string
  readonly examples: number
}

interface Accepted extends Acceptance {
  readonly life: number
}

interface Stale {
  readonly tab: Tab
  readonly taskId: string
  readonly heardBefore: number
}

export class Book implements Witness {
  /** Coordinators there have been before this one. */
  life = 0
  /** Durable versions, by number. */
  readonly versions: VersionRecord[] = []
  readonly counted = new Map<string, CountedRecord & { readonly version: number }>()
  readonly seen = new Map<string, number>()
  private readonly attempts = new Map<number, AttemptRecord>()
  private readonly planned = new Map<string, Planned>()
  /** Task ids that reached a tab, with all that must never change about them. */
  private readonly issued = new Map<string, string>()
  private readonly offers = new Map<string, Update>()
  private readonly accepted = new Map<string, Accepted>()
  private readonly rejected = new Set<string>()
  private readonly toldAbandoned = new Set<string>()
  /** Tasks of this life that are over for their client as far as it was told. */
  private readonly closed = new Set<string>()
  private readonly heardTasks = new Map<Tab, Task[]>()
  private stale: Stale[] = []
  private fault: unknown = null
  private versionTold = -1
  /** Whether an attempt may be open: a job that failed can leave the record of one behind. */
  private running = false
  private readonly sessions = new Map<string, number>()

  saw(what: string): void {
    this.seen.set(what, (this.seen.get(what) ?? 0) + 1)
  }

  // What becomes durable.

  version(version: VersionRecord, attempt: AttemptRecord | null, counted: readonly CountedRecord[]): void {
    this.guard(() => {
      equal(version.version, this.versions.length, 'R7: versions grow by one')
      if (attempt) {
        const known = this.attempts.get(attempt.attempt)
        equal(
          known !== undefined && known.plan !== null,
          true,
          'R2, R8: only a recorded attempt that has not ended commits',
        )
        equal(version.round, version.version, 'a round makes a version')
        equal(attempt.attempt, version.attempt, 'the version names its attempt')
        this.attempts.set(attempt.attempt, attempt)
        for (const record of counted) this.counts(record, version)
        for (const [taskId, { life }] of this.accepted) {
          if (life !== this.life || this.planned.get(taskId)?.attempt !== attempt.attempt) continue
          equal(this.counted.has(taskId), true, 'R6: an accepted update counts')
        }
        const examples = counted.reduce(
          (n, { taskId, sha256 }) => n + (this.offer(taskId, sha256)?.begin.numExamples ?? 0),
          0,
        )
        equal(version.examples, examples, 'the examples of a version')
        equal(version.updates, counted.length, 'the updates of a version')
        this.saw('committed')
      }
      this.versions.push(version)
    })
  }

  private counts(record: CountedRecord, { version, attempt }: VersionRecord): void {
    const { taskId, sha256 } = record
    equal(this.counted.has(taskId), false, 'R4: an update counts once')
    equal(this.planned.get(taskId)?.attempt, attempt, 'only tasks of the attempt count')
    if (!process.env.SKIP)
      equal(this.toldAbandoned.has(taskId), false, 'R2: what was told to be abandoned never counts')
    equal(this.offer(taskId, sha256)?.wrong, null, 'U1, R6: only a whole and right update counts')
    this.counted.set(taskId, { ...record, version })
  }

  attempt(record: AttemptRecord): void {
    this.guard(() => {
      const { attempt, plan } = record
      const known = this.attempts.get(attempt)
      if (known) equal(known.plan === null && plan !== null, false, 'R2: an attempt that has ended is not open again')
      this.attempts.set(attempt, record)
      if (!plan) {
        this.saw(`recorded as ${record.row.state}`)
        return
      }
      equal(
        [...this.attempts.keys()].every((other) => other <= attempt),
        true,
        'attempts only grow',
      )
      for (const { taskId, clientId, examples } of plan.tasks) {
        equal(this.planned.has(taskId) && !known, false, 'R8: a task id is of one attempt')
        this.planned.set(taskId, { attempt, clientId, examples })
      }
      this.saw(`opened to ${plan.kind}`)
    })
  }

  trapped(how: Trap['how'], operation: string): void {
    this.saw(`${how === 'fail' ? 'fails' : 'crash'} ${how} ${operation}`)
  }

  // What tabs do and hear.

  offered(update: Update): void {
    const { begin } = update
    const key = `${begin.taskId} ${begin.sha256}`
    // Wrong and right ones may have the same bytes: a right one makes them right.
    if (this.offers.get(key)?.wrong !== null) this.offers.set(key, update)
  }

  /** @returns a task to work on, or the id of one that is over */
  heard(tab: Tab, event: string, payload: unknown): Task | string | null {
    return this.guard(() => {
      switch (event) {
        case EVENTS.task:
          return this.heardTask(tab, taskSchema.parse(payload))
        case EVENTS.job:
          this.heardJob(jobInfoSchema.parse(payload))
          return null
        case EVENTS.taskCancel: {
          const { taskId } = taskCancelSchema.parse(payload)
          this.closed.add(taskId)
          this.saw('cancelled')
          return taskId
        }
        case EVENTS.taskSettled: {
          const { taskId, outcome, version } = taskSettledSchema.parse(payload)
          this.closed.add(taskId)
          const trained = this.counted.get(taskId)
          if (outcome === 'abandoned') {
            equal(trained, undefined, 'R6: what counted was not abandoned')
            this.toldAbandoned.add(taskId)
          } else if (trained) equal(version, trained.version, 'R7: the version in which it counted')
          else {
            const { plan, row } = this.attempts.get(this.planned.get(taskId)?.attempt ?? 0) ?? {}
            equal(row?.kind, 'evaluate', 'R7: told that it counted before it was durable')
            equal(plan, null, 'R2: told that an evaluation ended before that was durable')
          }
          this.saw(`settled: ${outcome}`)
          return taskId
        }
        default:
          this.saw(event)
          return null
      }
    })
  }

  private heardTask(tab: Tab, task: Task): Task {
    const { taskId, kind, round, version, model, settings, job } = task
    const planned = this.planned.get(taskId)
    equal(planned?.clientId, tab.id, 'R8: a task goes out after its plan is durable, and to its client')
    equal(this.versions[version]?.digest, model, 'R7: a task names a durable version')
    const same = JSON.stringify([kind, round, version, model, settings, job, tab.id])
    equal(this.issued.get(taskId) ?? same, same, 'R8, R9: a task keeps its id, and an id its task')
    if (this.issued.has(taskId)) this.saw('task again')
    this.issued.set(taskId, same)
    const heard = this.heardTasks.get(tab)
    if (heard) heard.push(task)
    else this.heardTasks.set(tab, [task])
    return task
  }

  private heardJob({ version, model, round, state }: JobInfo): void {
    this.running = state === 'running' || state === 'pausing'
    equal(this.versions[version]?.digest, model, 'R7: a version is durable before anybody is told')
    equal(round, version, 'rounds are versions')
    equal(version >= this.versionTold, true, 'R7: versions only grow')
    this.versionTold = version
  }

  tasksHeard(tab: Tab): number {
    return this.heardTasks.get(tab)?.length ?? 0
  }

  welcomed(
    tab: Tab,
    had: string | null,
    ack: { clientId: string; resumed: boolean; job: JobInfo },
    inTime: boolean,
  ): void {
    this.guard(() => {
      this.heardJob(ack.job)
      const { clientId, resumed } = ack
      this.saw(resumed ? 'resumed' : had === clientId ? 'joined again under its id' : 'joined')
      // In the same life a session that is not resumed has ended, and its task with it; so may one of the life before.
      if (!resumed && (this.sessions.get(clientId) === this.life || !inTime)) this.left(tab)
      this.sessions.set(clientId, this.life)
    })
  }

  refusedHello(_tab: Tab, code: string): void {
    this.saw(`hello refused: ${code}`)
  }

  left(tab: Tab): void {
    for (const [taskId, { clientId }] of this.planned) if (clientId === tab.id) this.closed.add(taskId)
  }

  declined(taskId: string): void {
    this.closed.add(taskId)
    this.saw('declined')
  }

  refused({ wrong }: Update, code: string): void {
    this.saw(`refused${wrong ? ` (${wrong})` : ''}: ${code}`)
  }

  receipt(tab: Tab, update: Update, { status, acceptance }: Receipt, heardBefore: number): void {
    this.guard(() => {
      const { taskId, sha256 } = update.begin
      const first = this.accepted.get(taskId)
      const counted = this.counted.get(taskId)
      const planned = this.planned.get(taskId)
      // A page that came back with more data than it had declared when it was selected is refused, too.
      const wrong = update.wrong !== null || update.begin.numExamples > (planned?.examples ?? 0)
      this.saw(`receipt: ${status}`)
      switch (status) {
        case 'accepted':
          equal(wrong, false, 'U1: only a right update is accepted')
          equal(planned?.clientId, tab.id, 'a task is answered by its client')
          equal(first?.life === this.life, false, 'R4: accepted once')
          equal(acceptance?.sha256, sha256, 'R4: the receipt says what was accepted')
          if (counted) equal(counted.sha256, sha256, 'R4: what counted is what was accepted')
          else {
            const attempt = planned?.attempt
            equal(
              this.versions.some((v) => v.version > 0 && v.attempt === attempt),
              false,
              'R6: an accepted update counts',
            )
          }
          this.closed.add(taskId)
          if (acceptance) this.accepted.set(taskId, { ...acceptance, life: this.life })
          return
        case 'duplicate': {
          const before = first?.life === this.life ? first : counted
          this.closed.add(taskId)
          if (!before) return equal(first === undefined, true, 'R4: a duplicate of what was never accepted')
          equal(acceptance?.sha256, before.sha256, 'R4: a repeat gets the first acceptance: its sha256')
          return equal(acceptance?.at, before.at, 'R4: a repeat gets the first acceptance: its instant')
        }
        case 'stale':
          // What became of another's task is not told.
          if (planned?.clientId === tab.id) equal(counted, undefined, 'R4: what counted is a duplicate, not stale')
          this.stale.push({ tab, taskId, heardBefore })
          return
        case 'rejected':
          if (wrong) this.rejected.add(taskId)
          equal(this.rejected.has(taskId), true, 'U1: a right update is not rejected, unless its task was before')
          this.closed.add(taskId)
          return
        default:
          status satisfies never
      }
    })
  }

  /** R5: whoever was told `stale` has its current task by now. Called when nothing is on its way any more. */
  settleStale(): void {
    const { stale } = this
    this.stale = []
    this.guard(() => {
      for (const { tab, taskId, heardBefore } of stale) {
        const own = this.openTask(tab)
        if (!tab.connected || own === null) continue
        equal(own === taskId, false, 'R4, R9: the answer to an open task is taken')
        const since = (this.heardTasks.get(tab) ?? []).slice(heardBefore).map((t) => t.taskId)
        equal(since.includes(own), true, 'R5: whoever is behind has its current task at once')
        this.saw('behind, and given its task')
      }
    })
  }

  /** R8, R9: whoever is back in time has its task again. Called when nothing is on its way any more. */
  cameBack(tab: Tab): void {
    this.guard(() => {
      const own = tab.greeted ? this.openTask(tab) : null
      if (own === null) return
      equal(tab.open.has(own), true, 'R8, R9: whoever comes back in time has its task')
      this.saw('back, and has its task')
    })
  }

  /** The client's task in the open attempt, unless it was told that it is over, or has other data now; null where there is none. */
  private openTask(tab: Tab): string | null {
    const last = [...this.attempts.values()].at(-1)
    const own = last?.plan?.tasks.find((t) => t.clientId === tab.id && t.examples === tab.train)?.taskId
    return own === undefined || !this.running || this.closed.has(own) ? null : own
  }

  /** What anybody could see now. */
  look(info: JobInfo, { versions, rounds, job }: DashboardSnapshot): void {
    this.guard(() => {
      this.heardJob(info)
      for (const { version, digest } of versions) equal(this.versions[version]?.digest, digest, 'R7: the board tells')
      for (const { version } of rounds) equal(version === null || version < this.versions.length, true, 'R7: the board')
      equal(job.round < this.versions.length, true, 'R7: the board tells of a round')
    })
  }

  crashed(): void {
    this.life++
    this.closed.clear()
    this.stale = []
    this.rejected.clear()
    this.versionTold = -1
    this.saw('crash')
  }

  /** Rethrows what was found where nobody could be told. */
  check(): void {
    if (this.fault) throw this.fault
  }

  broken(thrown: unknown): void {
    this.fault ??= thrown
  }

  /** A version's four numbers, from those of the version before and the updates that counted. */
  expected(version: number, before: readonly number[]): number[] {
    const sums = Array.from({ length: ELEMENTS }, () => 0n)
    let total = 0n
    for (const { taskId, sha256, version: of } of this.counted.values()) {
      if (of !== version) continue
      const update = this.offer(taskId, sha256)
      const weight = BigInt(update?.begin.numExamples ?? 0)
      total += weight
      update?.units.forEach((unit, i) => {
        sums[i] = (sums[i] ?? 0n) + weight * unit
      })
    }
    return sums.map((sum, i) => {
      const mean = Math.fround((Number(sum) * UNIT) / Number(total))
      return Math.fround((before[i] ?? 0) + mean)
    })
  }

  private offer(taskId: string, sha256: string): Update | undefined {
    return this.offers.get(`${taskId} ${sha256}`)
  }

  /** What throws inside of the coordinator would be caught there: it is kept until the test asks. */
  private guard<T>(act: () => T): T | null {
    try {
      return act()
    } catch (thrown) {
      this.broken(thrown)
      return null
    }
  }
}

function equal<T>(actual: T, expected: T, what: string): void {
  if (!Object.is(actual, expected)) expect(actual, what).toEqual(expected)
}
