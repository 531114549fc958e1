/** Faults of other systems, each as a story of a whole coordinator: what went wrong there does not go wrong here. */
import { describe, expect, it } from 'vitest'
import { type JobConfigInput, parseJobConfig } from '../../shared/jobs/config.ts'
import { digitsJob } from '../../shared/jobs/templates.ts'
import { EVENTS } from '../../shared/protocol/events.ts'
import type { Task } from '../../shared/protocol/participant.ts'
import { Story } from './histories/story.ts'
import type { Path, Tab } from './histories/tab.ts'
import { WRONGS } from './histories/update.ts'

const PERSON = { train: 4, wants: true }

/** A job that waits until all these people are there. */
async function stage(people: readonly number[], change: Partial<JobConfigInput> = {}): Promise<Story> {
  const job: JobConfigInput = {
    ...digitsJob,
    demoData: { source: 'none' },
    validationSplit: 0,
    rounds: 3,
    minClients: 1,
    deadlineSeconds: 30,
    graceSeconds: 5,
    autoStart: false,
    ...change,
  }
  const story = await Story.begin(
    parseJobConfig(job, 'the job'),
    people.map((train) => ({ ...PERSON, train })),
  )
  await story.play({ do: 'command', command: 'start' })
  return story
}

const taskOf = (tab: Tab): Task => {
  if (!tab.current) throw new Error('the tab has no task')
  return tab.current
}
async function answer(story: Story, tab: Tab, task = taskOf(tab), path: Path = 'whole'): Promise<void> {
  await tab.answer(task, path, null, 0)
  await story.rest()
}
const time = (story: Story, ms: number) => story.play({ do: 'time', ms })
const counted = (story: Story): string[] => [...story.book.counted.keys()].sort()
const seen = (story: Story, what: string) => story.book.seen.get(what) ?? 0

describe('DISCO', () => {
  it('#1219: a client that lags by one round is told `stale`, has the current task at once, and catches up', async () => {
    const story = await stage([4, 4])
    const [quick, slow] = story.tabs as [Tab, Tab]
    const missed = taskOf(slow)
    await answer(story, quick)
    await time(story, 30_000)
    expect(taskOf(slow).round).toBe(2)
    // It has not seen that the round was over, and offers what it has trained.
    const heard = story.book.tasksHeard(slow)
    await answer(story, slow, missed)
    expect(seen(story, 'receipt: stale')).toBe(1)
    expect(story.book.tasksHeard(slow)).toBe(heard + 1)
    await answer(story, slow)
    await answer(story, quick)
    expect(story.book.versions[2]).toMatchObject({ updates: 2 })
    await story.runOut()
    await story.audit()
  })

  it('#1221: an accepted update counts though its sender leaves; what a departed client had sent in part does not', async () => {
    const story = await stage([4, 4, 4])
    const [whole, half, last] = story.tabs as [Tab, Tab, Tab]
    const first = taskOf(whole).taskId
    await answer(story, whole)
    await answer(story, half, taskOf(half), 'half')
    await story.play({ do: 'leave', tab: 0 })
    await story.play({ do: 'leave', tab: 1 })
    const third = taskOf(last).taskId
    await answer(story, last)
    expect(counted(story)).toEqual([first, third].sort())
  })

  it('no deadline: a round ends at its deadline with whoever has answered', async () => {
    const story = await stage([4, 4, 4], { minClients: 2 })
    const [a, b] = story.tabs as [Tab, Tab]
    await answer(story, a)
    await answer(story, b)
    await time(story, 29_999)
    expect(story.book.versions).toHaveLength(1)
    await time(story, 1)
    expect(story.book.versions[1]).toMatchObject({ updates: 2 })
  })

  it('unweighted mean: each update weighs as many examples as it was trained on', async () => {
    const story = await stage([1, 1_000_000], { rounds: 1 })
    for (const tab of story.tabs) await answer(story, tab)
    expect(story.book.versions[1]?.examples).toBeGreaterThan(2)
    await story.audit()
  })

  it('weights not persisted: a version is there after the coordinator’s sudden end, and the job goes on from it', async () => {
    const story = await stage([4], { rounds: 2 })
    await answer(story, story.tabs[0] as Tab)
    await story.play({ do: 'crash', step: 0 })
    expect(story.house.runner?.jobInfo().version).toBe(1)
    await story.runOut()
    await story.audit()
  })
})

describe('FLARE Edge', () => {
  it('re-selected device: a tab trains in every round, and the job goes on', async () => {
    const story = await stage([4], { rounds: 6 })
    const [only] = story.tabs as [Tab]
    for (let round = 1; round <= 6; round++) {
      expect(taskOf(only).round).toBe(round)
      await answer(story, only)
    }
    expect(story.house.runner?.jobInfo()).toMatchObject({ state: 'finished', version: 6 })
    await story.audit()
  })

  it('last straggler: an update of an old version drops nothing of the present round', async () => {
    const story = await stage([4, 4, 4], { rounds: 2, minClients: 3, maxAbandonedAttempts: 9 })
    const [a, b, c] = story.tabs as [Tab, Tab, Tab]
    const old = taskOf(c)
    await answer(story, a)
    await time(story, 30_000)
    await answer(story, a)
    await answer(story, b)
    for (const path of ['whole', 'half', 'short'] as const) await answer(story, c, old, path)
    await answer(story, c)
    expect(story.book.versions[1]).toMatchObject({ updates: 3, attempt: 2 })
  })

  it('vanished device: its slot is free after the grace time', async () => {
    const story = await stage([4, 4], { minClients: 1, clientsPerRound: 1, maxAbandonedAttempts: 9 })
    const chosen = story.tabs.find((tab) => tab.current) as Tab
    const other = story.tabs.find((tab) => tab !== chosen) as Tab
    chosen.lose()
    await time(story, 4999)
    expect(other.current).toBeNull()
    await time(story, 1)
    expect(taskOf(other).round).toBe(1)
  })

  it('failed report: an update whose report fails is offered again, and counts once', async () => {
    const story = await stage([4, 4], { rounds: 1 })
    const [a, b] = story.tabs as [Tab, Tab]
    const task = taskOf(a)
    await answer(story, a, task, 'half')
    a.lose()
    await a.come(story.house)
    // The connection goes with the answer on its way.
    const sent = a.answer(task, 'whole', null, 0)
    a.lose()
    await sent
    await a.come(story.house)
    await answer(story, a, task)
    // And the coordinator ends before it could add it up.
    await story.play({ do: 'crash', step: 0 })
    await a.come(story.house)
    await b.come(story.house)
    await answer(story, a, task)
    await answer(story, a, task)
    await answer(story, b)
    expect(seen(story, 'receipt: duplicate')).toBeGreaterThan(0)
    expect(counted(story)).toEqual([task.taskId, b.ever[0]?.taskId].sort())
    await story.audit()
  })
})

describe('PAIR', () => {
  it.each(WRONGS)('acknowledges before it checks: an upload is accepted only after its check (%s)', async (wrong) => {
    const story = await stage([4, 4], { rounds: 1 })
    const [liar, honest] = story.tabs as [Tab, Tab]
    await liar.answer(taskOf(liar), 'whole', wrong, 0)
    await story.rest()
    expect(seen(story, 'receipt: accepted')).toBe(0)
    const right = taskOf(honest).taskId
    await answer(story, honest)
    await time(story, 30_000)
    expect(counted(story)).toEqual([right])
    await story.audit()
  })
})

describe('found by the histories', () => {
  it('R2, R8: nobody is told that an attempt was abandoned before that is durable', async () => {
    // Told, it forgot its update; the attempt was open again after the crash, and its update counted all the same.
    const story = await stage([4, 4], { minClients: 2, maxAbandonedAttempts: 9 })
    const [a, b] = story.tabs as [Tab, Tab]
    const task = taskOf(a)
    await answer(story, a)
    await story.play({ do: 'trap', trap: { skip: 0, how: 'before' } })
    await story.play({ do: 'leave', tab: 1 })
    const told = seen(story, 'settled: abandoned')
    await a.come(story.house)
    await b.come(story.house)
    await story.rest()
    expect(taskOf(a).taskId, 'the attempt is open again').toBe(task.taskId)
    expect(told).toBe(0)
  })

  it('R9: a page that was loaded anew with other data outlives the grace time of the page before', async () => {
    // The timer of the session before went off, and took the new session of the same id with it.
    const story = await stage([4, 4], { autoStart: false, minClients: 2 })
    const [tab] = story.tabs as [Tab, Tab]
    await story.play({ do: 'reload', tab: 0, train: 7 })
    await time(story, 5000)
    expect(story.house.gateway.clients().map((client) => client.id)).toContain(tab.id)
    for (const one of story.tabs) await answer(story, one)
    expect(story.book.versions[1]).toMatchObject({ updates: 2 })
  })

  it('R9: of two tabs with one token that come at once, each is a client of its own', async () => {
    const story = await stage([4], { autoStart: true })
    await story.play({ do: 'crash', step: 0 })
    await story.play({
      do: 'together',
      moves: [
        { do: 'come', tab: 0 },
        { do: 'copy', tab: 0, during: false },
      ],
    })
    const [original, copy] = story.tabs as [Tab, Tab]
    // Whichever has lost the id comes back by itself.
    for (const tab of [original, copy]) if (!tab.greeted) await tab.come(story.house)
    expect([original.greeted, copy.greeted]).toEqual([true, true])
    expect(original.id).not.toBe(copy.id)
  })

  it('a message that no schema knows is refused, and nothing else happens', async () => {
    const story = await stage([4], { rounds: 1 })
    const [tab] = story.tabs as [Tab]
    for (let pick = 0; pick < 13; pick++) await story.play({ do: 'nonsense', tab: 0, pick })
    tab.send(EVENTS.updateChunk, { taskId: taskOf(tab).taskId, offset: 0, data: new Uint8Array(1_000_000) })
    await answer(story, tab)
    expect(story.house.runner?.jobInfo()).toMatchObject({ state: 'finished', version: 1 })
  })
})
