/**
 * Faults of other systems, each as a story of a whole coordinator: what went wrong there does not go wrong here. Those of
 * arithmetic are in shared/aggregation/peers.test.ts too.
 *
 * Two of Flower's have nothing here that they could befall yet: the indicator of adaptive clipping, inverted against the
 * paper, and SecAgg+ masks from seeds of 32 bits. Tributary neither clips nor masks; what brings either brings its test.
 */
import { readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { Coordinator } from '../../server/main.ts'
import { closeLater, SMALL_JOB, start } from '../../server/testing.integration.ts'
import { type JobConfigInput, parseJobConfig } from '../../shared/jobs/config.ts'
import { digitsJob } from '../../shared/jobs/templates.ts'
import { EVENTS } from '../../shared/protocol/events.ts'
import type { Task } from '../../shared/protocol/participant.ts'
import { answerTo, beginFor, RawClient, type RawTask, safetensorsValues, sha256, updateBytes } from '../raw/client.ts'
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

/** A real coordinator and a client of its wire for each of these numbers of examples, all of whom have a task. */
async function wired(examples: readonly number[], change: Partial<JobConfigInput> = {}) {
  const coordinator = await start({ ...SMALL_JOB, rounds: 1, autoStart: false, ...change })
  const clients: RawClient[] = []
  for (const train of examples) {
    const client = new RawClient(coordinator.url)
    closeLater(async () => client.close())
    await client.hello({ dataset: { source: 'other', train, validation: 0 } })
    clients.push(client)
  }
  await coordinator.runner.command({ type: 'start' })
  const first = clients[0] as RawClient
  const before = await model(first, (await first.task()).model)
  return { coordinator, clients, before }
}

async function model(client: RawClient, digest: string) {
  const { params } = await client.manifest(digest)
  const file = await client.blob(params.digest)
  return { digest: params.digest, values: safetensorsValues(file) }
}

/** Answers with the same change of every value. */
async function shift(client: RawClient, task: RawTask, by: number, examples: number): Promise<void> {
  const { begin, values } = await answerTo(client, task)
  const bytes = updateBytes(new Float32Array(values.length).fill(by))
  const receipt = await client.upload(beginFor(task.taskId, begin.layout, bytes, examples), bytes)
  expect(receipt).toMatchObject({ status: 'accepted', acceptance: { sha256: sha256(bytes) } })
}

/** The model as it is when this version is committed. */
async function committed({ runner }: Coordinator, client: RawClient, version: number) {
  await client.until<{ version: number }>('task:settled', (settled) => settled.version === version)
  return model(client, runner.jobInfo().model)
}

/** Each value of a model and the same change, in float32. */
const shifted = (values: Float32Array, by: number) => values.map((value) => Math.fround(value + by))

/** What a file of ours loads with itself: all that it imports for more than types, and what that imports. */
async function loads(file: string, found = new Map<string, string[]>()): Promise<Map<string, string[]>> {
  if (found.has(file) || !/\.tsx?$/.test(file)) return found
  const text = await readFile(file, 'utf8')
  const names = [...text.matchAll(/^(?:import|export)(?! type\b)(?: [\w$*\s{},]+ from)? '([^']+)'/gm)].map(
    ([, name = '']) => name,
  )
  names.push(...[...text.matchAll(/\bimport\(\s*'([^']+)'/g)].map(([, name = '']) => name))
  const files = names.map((name) => (name.startsWith('.') ? join(dirname(file), name) : name))
  found.set(file, files)
  for (const next of files) await loads(next, found)
  return found
}

describe('DISCO', () => {
  it('full weights, not differences: an update of zeros leaves the model as it is, bit for bit; another is added to it', async () => {
    const { coordinator, clients, before } = await wired([100], { rounds: 2 })
    const [only] = clients as [RawClient]
    await shift(only, await only.task(), 0, 100)
    const same = await committed(coordinator, only, 1)
    expect(same.digest).toBe(before.digest)
    await shift(only, await only.task(({ round }) => round === 2), 0.25, 100)
    const after = await committed(coordinator, only, 2)
    expect(after.values).toEqual(shifted(before.values, 0.25))
  })

  it('trains on the UI thread (#758): the page loads nothing that trains; its worker does', async () => {
    // That tabs really compute there is seen in a browser: e2e/training.spec.ts asks the worker, by insideWorker.
    const trains = (file: string) => /^client\/training\/|^shared\/models\/|^@tensorflow\//.test(file)
    const reached = async (file: string) => [...(await loads(file)).values()].flat().filter(trains)
    expect(await reached('client/participant/main.tsx')).toEqual([])
    expect(await reached('client/participant/workers/session.ts')).toEqual([])
    expect(await reached('client/participant/workers/training.ts')).toContain('client/training/engine.ts')
    const page = await loads('client/participant/main.tsx')
    expect(page.size).toBeGreaterThan(30)
    expect([...page.keys()].filter((file) => /\/workers\/(session|training)\.ts$/.test(file))).toEqual([])
  })

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

  it('unweighted mean: of 1 and 9 examples, the second moves the model by nine tenths', async () => {
    const { coordinator, clients, before } = await wired([1, 9])
    const [one, nine] = clients as [RawClient, RawClient]
    await shift(one, await one.task(), 0, 1)
    await shift(nine, await nine.task(), 1, 9)
    const after = await committed(coordinator, one, 1)
    expect(after.values).toEqual(shifted(before.values, Math.fround(0.9)))
    expect(coordinator.runner.snapshot().versions.at(-1)).toMatchObject({ updates: 2, examples: 10 })
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

describe('FLARE', () => {
  it('an update without staleness weighs 0.5: here it weighs exactly its examples', async () => {
    const { coordinator, clients, before } = await wired([3], { rounds: 2, minClients: 1 })
    const [only] = clients as [RawClient]
    await shift(only, await only.task(), 1, 3)
    expect((await committed(coordinator, only, 1)).values).toEqual(shifted(before.values, 1))
    // Of fewer examples than it declared it weighs fewer; alone it is still the whole mean.
    await shift(only, await only.task(({ round }) => round === 2), -1, 2)
    const after = await committed(coordinator, only, 2)
    expect(after.values).toEqual(shifted(shifted(before.values, 1), -1))
    expect(coordinator.runner.snapshot().versions.map(({ examples }) => examples)).toEqual([0, 3, 2])
  })

  it('weights travel as JSON numbers: here as an attachment of four bytes each, and as nothing else', async () => {
    const { clients } = await wired([100])
    const [only] = clients as [RawClient]
    const task = await only.task()
    const { begin, bytes } = await answerTo(only, task)
    await only.ask('update:begin', begin)
    for (const data of [[...bytes], Buffer.from(bytes).toString('base64'), { 0: 1 }, null]) {
      const refused = await only.ask('update:chunk', { taskId: task.taskId, offset: 0, data })
      expect(refused).toMatchObject({ ok: false, code: 'protocol/malformed' })
    }
    const packets = only.sent()
    expect(await only.upload(begin, bytes)).toMatchObject({ status: 'accepted' })
    const at = packets.findIndex((packet) => String(packet).includes('update:chunk'))
    // Of Socket.IO: an event (5) with one attachment, which is the next packet.
    expect(packets[at]).toMatch(/^51-\d+\["update:chunk",.*"data":\{"_placeholder":true,"num":0\}\}\]$/)
    expect(packets[at + 1]).toBe(bytes.length)
    const rest = packets.filter((packet) => typeof packet === 'string').join('')
    expect(rest.length, 'everything else of the upload').toBeLessThan(2000)
  })
})

describe('Flower', () => {
  it('a norm of zero divides by zero: an update of zeros counts, and changes nothing', async () => {
    const { coordinator, clients, before } = await wired([5, 5])
    const [still, moved] = clients as [RawClient, RawClient]
    await shift(still, await still.task(), 0, 5)
    await shift(moved, await moved.task(), 0.5, 5)
    const after = await committed(coordinator, still, 1)
    expect(after.values).toEqual(shifted(before.values, 0.25))
    expect(coordinator.runner.snapshot().versions.at(-1)).toMatchObject({ updates: 2, examples: 10 })
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
