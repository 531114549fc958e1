/** Plays moves on a coordinator and its tabs, ends it and begins it again, and brings the job to its end. */
import { expect } from 'vitest'
import { VersionStore } from '../../../server/jobs/versions.ts'
import type { JobConfig } from '../../../shared/jobs/config.ts'
import { EVENTS } from '../../../shared/protocol/events.ts'
import { isOver, type Task } from '../../../shared/protocol/participant.ts'
import { PRESENT_MS } from '../../../shared/protocol/version.ts'
import { Book } from './book.ts'
import { Disk } from './disk.ts'
import { drain, House } from './house.ts'
import type { Move, Which } from './moves.ts'
import { type Person, Tab } from './tab.ts'

const TABS = 6
const START_MS = 1_700_000_000_000

export class Story {
  readonly book = new Book()
  readonly tabs: Tab[] = []
  house: House
  private readonly disk = new Disk(this.book)
  private readonly config: JobConfig
  private clockStep = 0

  private constructor(config: JobConfig) {
    this.config = config
    this.house = new House(this.disk, config, START_MS)
  }

  /** A coordinator with its job, and people whose tabs have joined. */
  static async begin(config: JobConfig, people: readonly Person[]): Promise<Story> {
    const story = new Story(config)
    await drain()
    for (const person of people) await story.join(person)
    return story
  }

  async play(move: Move): Promise<void> {
    await this.act(move)
    await this.rest()
  }

  async join(person: Person): Promise<Tab | null> {
    if (this.tabs.length >= TABS) return null
    const tab = new Tab(this.book, person)
    this.tabs.push(tab)
    await tab.come(this.house)
    return tab
  }

  /** Everything arrives; a coordinator that has ended is begun again. */
  async rest(): Promise<void> {
    await drain()
    for (let i = 0; this.house.dead || !this.house.runner; i++) {
      if (i === 9) throw new Error('the coordinator does not start', { cause: this.house.failure })
      this.restart()
      await drain()
    }
    const { runner } = this.house
    this.book.look(runner.jobInfo(), runner.snapshot())
    const here = this.tabs.flatMap((tab) => (tab.greeted && tab.id !== null ? [tab.id] : []))
    expect(new Set(here).size, 'R9: each tab that is there is a client of its own').toBe(here.length)
    this.book.check()
  }

  private restart(): void {
    this.house.kill()
    this.book.crashed()
    this.house = new House(this.disk, this.config, this.house.clock.now() + this.clockStep)
    this.clockStep = 0
  }

  private async act(move: Move): Promise<void> {
    switch (move.do) {
      case 'together':
        await Promise.all(move.moves.map((one) => this.act(one)))
        return
      case 'join':
        await this.join(move)
        return
      case 'time':
        return this.house.clock.advance(move.ms)
      case 'crash':
        this.clockStep = move.step
        return this.house.kill()
      case 'trap':
        this.disk.trap = { ...move.trap }
        return
      case 'command':
        return this.command(move.command)
      default:
        return this.actOn(this.tabs[move.tab % Math.max(1, this.tabs.length)], move)
    }
  }

  private async actOn(tab: Tab | undefined, move: Extract<Move, { tab: number }>): Promise<void> {
    if (!tab) return
    switch (move.do) {
      case 'come':
        return tab.greeted ? undefined : tab.come(this.house)
      case 'lose':
        return tab.lose()
      case 'leave':
        return tab.leave()
      case 'hang':
        tab.mute = true
        return
      case 'reload':
        return tab.reload(this.house, move.train)
      case 'copy':
        return this.copy(tab, move.during)
      case 'want':
        return tab.want(move.wants)
      case 'decline':
        return tab.current ? tab.decline(tab.current) : undefined
      case 'progress':
        return tab.send(EVENTS.progress, { taskId: tab.current?.taskId ?? 'none', phase: 'train', fraction: 0.5 })
      case 'nonsense': {
        const [event, payload] = NONSENSE[move.pick % NONSENSE.length] ?? ['', null]
        return tab.send(event, payload)
      }
      case 'answer': {
        const task = this.taskFor(tab, move.which, move.pick)
        return task ? tab.answer(task, move.path, move.wrong, move.variant) : undefined
      }
      default:
        move satisfies never
    }
  }

  /** The tab is duplicated; the original may hang, or lose its connection while it is asked whether it is there. */
  private async copy(original: Tab, during: boolean): Promise<void> {
    if (this.tabs.length >= TABS || !original.token) return
    const copy = new Tab(this.book, original, original.token)
    this.tabs.push(copy)
    await copy.come(this.house)
    if (during) original.lose()
    // The original has this long to say that it is there.
    this.house.clock.advance(PRESENT_MS)
    await drain()
  }

  private taskFor(tab: Tab, which: Which, pick: number): Task | null {
    if (which === 'current') return tab.current
    const among = which === 'old' ? tab.ever : this.tabs.filter((other) => other !== tab).flatMap((other) => other.ever)
    return among[pick % Math.max(1, among.length)] ?? null
  }

  private async command(type: 'start' | 'pause' | 'resume' | 'stop' | 'more'): Promise<void> {
    const { runner } = this.house
    if (!runner) return
    const done = runner.command(type === 'more' ? { type, rounds: 1 } : { type })
    // What makes no sense now is refused; what a crash cuts short is never answered.
    done.then(
      () => this.book.saw(`command: ${type}`),
      () => {},
    )
    await drain()
  }

  /** R2, R3: with people who behave, and no more crashes, the job reaches its end. */
  async runOut(): Promise<void> {
    this.disk.trap = null
    await this.rest()
    for (const tab of this.tabs) tab.mute = false
    while (this.tabs.length < 4) await this.join({ train: 4, wants: true })
    for (let i = 0; i < 60; i++) {
      const { runner } = this.house
      if (!runner) throw new Error('the coordinator does not start')
      const { state, held } = runner.jobInfo()
      if (state === 'finished') return
      if (held || state === 'failed') await this.command('start')
      else if (state === 'paused' || state === 'pausing') await this.command('resume')
      else if (isOver(state)) await this.command('more')
      for (const tab of this.tabs) await this.behave(tab)
      await this.rest()
      // Whoever does not come back is given up; uploads that were given up are forgotten.
      this.house.clock.advance(i % 4 === 3 ? 31_000 : 1000)
      await this.rest()
    }
    expect(this.house.runner?.jobInfo(), 'R2: with people who behave the job ends').toMatchObject({ state: 'finished' })
  }

  private async behave(tab: Tab): Promise<void> {
    if (tab.train < 3) {
      await tab.reload(this.house, 3)
    } else if (!tab.greeted) await tab.come(this.house)
    if (!tab.wants) tab.want(true)
    const { current } = tab
    if (current) await tab.answer(current, 'whole', null, 0)
    else await tab.come(this.house)
  }

  /** What the disk holds at the end, recomputed from the updates that counted. */
  async audit(): Promise<void> {
    const { records, blobs } = this.disk.stores
    const { versions } = this.book
    const store = new VersionStore(blobs)
    let before = [0, 0, 0, 0]
    for (const { version, digest, job } of versions) {
      const stored = await store.get(digest)
      const numbers = [...(stored.version.params.tiles[0] ?? [])]
      if (version > 0)
        expect(numbers, `A1, A3, R4: the sum of version ${version}`).toEqual(this.book.expected(version, before))
      before = numbers
      if (version === versions.length - 1) {
        expect((await records.versions(job)).map((v) => v.digest)).toEqual(versions.map((v) => v.digest))
        const planned = this.house.runner?.jobInfo().rounds
        expect(version, 'R2: every round made a version').toBe(planned)
      }
    }
  }
}

const NONSENSE: readonly (readonly [event: string, payload: unknown])[] = [
  [EVENTS.hello, { protocol: 'x' }],
  [EVENTS.hello, { protocol: 1 }],
  [EVENTS.updateBegin, { taskId: 5 }],
  [EVENTS.updateBegin, null],
  [EVENTS.updateChunk, { taskId: 'none', offset: 0, data: new Uint8Array(4) }],
  [EVENTS.updateChunk, { taskId: 'none', offset: -1, data: 'text' }],
  [EVENTS.updateCommit, { taskId: 'none' }],
  [EVENTS.updateCommit, []],
  [EVENTS.decline, { taskId: 'none', code: 'c', reason: 'r' }],
  [EVENTS.progress, { taskId: 'none', phase: 'train', fraction: 7 }],
  [EVENTS.availability, 'yes'],
  [EVENTS.accept, { taskId: 'none' }],
  ['no such event', {}],
]
