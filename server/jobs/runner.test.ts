/** The job's life with its workflow, over stores in memory and a model of four numbers. */
import { describe, expect, it, vi } from 'vitest'
import { ManualClock } from '../../shared/clock/clock.ts'
import { TributaryError } from '../../shared/errors/error.ts'
import { type JobConfigInput, parseJobConfig } from '../../shared/jobs/config.ts'
import { digitsJob } from '../../shared/jobs/templates.ts'
import type { Task, TaskSettled, UpdateBegin } from '../../shared/protocol/participant.ts'
import { FlatParams } from '../../shared/tensors/flat.ts'
import type { Layout } from '../../shared/tensors/layout.ts'
import { inMemory } from '../../shared/updates/source.ts'
import type { ModelService } from '../evaluation/service.ts'
import type { ClientInfo, TaskSender } from '../gateway/ports.ts'
import { silentLog } from '../logging/log.ts'
import { MemoryBlobStore, MemoryRecordStore } from '../storage/memory.ts'
import { FedAvg } from '../workflows/fedavg.ts'
import { Retention } from './retention.ts'
import { JobRunner } from './runner.ts'
import { layoutDigest, VersionStore } from './versions.ts'

const LAYOUT: Layout = [{ name: 'w', shape: [4], dtype: 'float32', role: 'trained' }]

const MODELS: ModelService = {
  initialise: async () => ({ layout: LAYOUT, params: FlatParams.zeros(4), base: FlatParams.zeros(0) }),
  evaluate: async () => null,
  close: async () => {},
}

async function house(
  change: Partial<JobConfigInput>,
  records = new MemoryRecordStore(),
  blobs = new MemoryBlobStore(),
) {
  const clock = new ManualClock(1000)
  const sent: { client: string; task: Task }[] = []
  const here: ClientInfo[] = []
  const settledTasks: (TaskSettled & { client: string })[] = []
  const tasks: TaskSender = {
    sendTask: (client, task) => sent.push({ client, task }),
    cancelTask: () => {},
    settleTask: (client, settled) => settledTasks.push({ client, ...settled }),
    announceJob: () => {},
    clients: () => here,
  }
  const config = parseJobConfig(
    { ...digitsJob, demoData: { source: 'none' }, validationSplit: 0, ...change },
    'The job',
  )
  const flows: FedAvg[] = []
  const demo = {
    testName: '',
    test: null,
    partitionSource: '',
    partitions: 0,
    partition: () => {
      throw new RangeError()
    },
  }
  const versions = new VersionStore(blobs)
  const retention = new Retention({ records, blobs, versions, log: silentLog })
  const rooms = { clock, log: silentLog, records, versions, retention, models: MODELS, tasks }
  const makeWorkflow = (...[start, all]: ConstructorParameters<typeof FedAvg>) => {
    const flow = new FedAvg(start, all)
    flows.push(flow)
    return flow
  }
  const runner = await JobRunner.open({ rooms, joinUrl: 'http://x/', demo, makeWorkflow }, config, config)
  const join = (id: string) => {
    const dataset = { source: 'other', train: 10, validation: 4 } as const
    const client: ClientInfo = {
      id,
      capabilities: { backend: 'cpu', adapter: 'a', hardware: true },
      dataset,
      available: true,
    }
    here.push(client)
    runner.joined(client)
  }
  const answer = (
    task: Task,
    metrics: UpdateBegin['metrics'] = {},
    client = sent.find((s) => s.task.taskId === task.taskId)?.client ?? '',
  ) => {
    const begin: UpdateBegin = {
      taskId: task.taskId,
      encoding: 'f32',
      layout: layoutDigest(LAYOUT),
      bytes: 16,
      sha256: '0'.repeat(64),
      numExamples: 10,
      metrics,
      timings: { downloadMs: 0, trainMs: 0 },
      bytesDown: 0,
    }
    return runner.updateArrived(client, begin, inMemory(FlatParams.concat([new Float32Array([1, 2, 3, 4])])))
  }
  return { runner, clock, sent, settledTasks, records, blobs, flows, join, answer }
}

const lastTask = (sent: readonly { task: Task }[]) => (sent.at(-1) as { task: Task }).task

describe('R7: durable before told', () => {
  it('the board says nothing of a version while its transaction is open', async () => {
    const h = await house({ rounds: 1 })
    let finish = () => {}
    const open = new Promise<void>((resolve) => {
      finish = resolve
    })
    const commit = h.records.commitVersion.bind(h.records)
    vi.spyOn(h.records, 'commitVersion').mockImplementation(async (...args) => {
      await open
      return commit(...args)
    })
    h.join('a')
    await vi.waitFor(() => expect(h.sent).toHaveLength(1))
    await h.answer(lastTask(h.sent))
    await vi.waitFor(() => expect(h.records.commitVersion).toHaveBeenCalled())
    expect(h.runner.snapshot().rounds.at(-1)).toMatchObject({ state: 'committing', version: null })
    expect(h.runner.jobInfo().version).toBe(0)
    finish()
    await vi.waitFor(() => expect(h.runner.jobInfo().version).toBe(1))
    expect(h.runner.snapshot().rounds.at(-1)).toMatchObject({ state: 'committed', version: 1 })
    const [stored] = await h.records.attempts(h.runner.jobInfo().id, 1)
    expect(stored?.row).toMatchObject({ state: 'committed', version: 1 })
  })

  it('a commit that fails leaves the version before, and the job says why', async () => {
    const h = await house({ rounds: 1 })
    vi.spyOn(h.records, 'commitVersion').mockRejectedValue(new TributaryError('storage/unusable', 'The disk is full.'))
    h.join('a')
    await vi.waitFor(() => expect(h.sent).toHaveLength(1))
    const task = lastTask(h.sent)
    await h.answer(task)
    await vi.waitFor(() => expect(h.runner.jobInfo().state).toBe('failed'))
    expect(h.runner.jobInfo()).toMatchObject({ version: 0, reason: 'The disk is full.' })
    // It never counted, so nobody may be told that it did.
    expect(await h.answer(task)).toMatchObject({ status: 'stale' })
  })
})

it('R2: an attempt that cannot be recorded ends, and no task of it goes out', async () => {
  const h = await house({ rounds: 1 })
  vi.spyOn(h.records, 'putAttempt').mockRejectedValue(new TributaryError('storage/unusable', 'The disk is full.'))
  h.join('a')
  await vi.waitFor(() => expect(h.runner.jobInfo().state).toBe('failed'))
  expect(h.sent).toEqual([])
  expect(h.runner.snapshot().rounds.at(-1)).toMatchObject({ state: 'abandoned', reason: 'The disk is full.' })
})

it('R4, R5: a repeat is a duplicate; a late answer is stale and brings the current task along', async () => {
  const h = await house({ rounds: 3, deadlineSeconds: 5 })
  h.join('a')
  h.join('b')
  await vi.waitFor(() => expect(h.sent).toHaveLength(1))
  const first = lastTask(h.sent)
  const acceptance = { sha256: '0'.repeat(64), at: 1000 }
  expect(await h.answer(first)).toEqual({ status: 'accepted', acceptance })
  h.clock.advance(10)
  // Once while its attempt is open or being committed, once when that is long over.
  expect(await h.answer(first)).toMatchObject({ status: 'duplicate', acceptance })
  await vi.waitFor(() => expect(h.sent).toHaveLength(3))
  expect(await h.answer(first)).toMatchObject({ status: 'duplicate', acceptance })
  expect(h.settledTasks).toContainEqual({ client: 'a', taskId: first.taskId, outcome: 'committed', version: 1 })
  const mine = h.sent.find((s) => s.client === 'b')?.task as Task
  const other = h.sent.find((s) => s.client === 'a' && s.task.round === 2)?.task as Task
  await h.answer(other)
  h.clock.advance(5000)
  await vi.waitFor(() => expect(h.sent).toHaveLength(5))
  expect(await h.answer(mine)).toMatchObject({ status: 'stale', code: 'round/stale' })
  const reminded = h.sent.at(-1)
  expect(reminded?.client).toBe('b')
  expect(reminded?.task.round).toBe(3)
})

it('a lone participant may pause as often as they like', async () => {
  const h = await house({ rounds: 2, maxAbandonedAttempts: 3 })
  h.join('a')
  for (let i = 1; i <= 6; i++) {
    await vi.waitFor(() => expect(h.sent).toHaveLength(i))
    h.runner.available('a', false)
    h.runner.declined('a', { taskId: lastTask(h.sent).taskId, code: 'training/cancelled', reason: 'paused' })
    expect(h.runner.jobInfo().state).toBe('waiting')
    h.runner.available('a', true)
  }
  expect(h.runner.jobInfo().state).toBe('running')
})

it('scores that no measurement gives are left out', async () => {
  const h = await house({ rounds: 1 })
  h.join('a')
  await vi.waitFor(() => expect(h.sent).toHaveLength(1))
  await h.answer(lastTask(h.sent), { validation_loss: 1, validation_accuracy: -5, validation_examples: 1e9 })
  await vi.waitFor(() => expect(h.runner.jobInfo().version).toBe(1))
  expect(h.runner.snapshot().versions[0]?.clients).toBeNull()
})

it('two commands at once are carried out one after the other', async () => {
  const h = await house({ rounds: 1 })
  h.join('a')
  await vi.waitFor(() => expect(h.sent).toHaveLength(1))
  await h.answer(lastTask(h.sent))
  await vi.waitFor(() => expect(h.runner.jobInfo().state).toBe('finished'))
  const both = await Promise.allSettled([h.runner.command({ type: 'again' }), h.runner.command({ type: 'again' })])
  expect(both.map((one) => one.status)).toEqual(['fulfilled', 'rejected'])
  expect(h.flows).toHaveLength(2)
  expect(await h.records.countJobs()).toBe(2)
})

it('a job that was started goes on after a restart, also if its clients had left', async () => {
  const first = await house({ rounds: 5, autoStart: false })
  first.join('a')
  await first.runner.command({ type: 'start' })
  await vi.waitFor(() => expect(first.sent).toHaveLength(1))
  first.runner.gone('a', 'left')
  await first.runner.close()
  const second = await house({ rounds: 5, autoStart: false }, first.records, first.blobs)
  expect(second.runner.jobInfo()).toMatchObject({ held: false, id: first.runner.jobInfo().id })
  second.join('b')
  await vi.waitFor(() => expect(second.sent).toHaveLength(1))
  expect(lastTask(second.sent).taskId).not.toBe(lastTask(first.sent).taskId)
})

describe('R8: after the coordinator’s sudden end', () => {
  /** As a restart finds it: another house over the same stores; the old one is never heard of again. */
  async function crash(before: Awaited<ReturnType<typeof house>>, change: Partial<JobConfigInput>) {
    return house(change, before.records, before.blobs)
  }

  it('the open attempt goes on under the same ids, and what was answered is asked for again', async () => {
    const config = { rounds: 1, minClients: 2 }
    const first = await house(config)
    first.join('a')
    first.join('b')
    await vi.waitFor(() => expect(first.sent).toHaveLength(2))
    await first.answer(first.sent[0]?.task as Task)
    const second = await crash(first, config)
    expect(second.runner.jobInfo()).toMatchObject({ state: 'running', version: 0 })
    expect(second.runner.snapshot().rounds).toMatchObject([{ state: 'open', attempt: 1, updates: 0 }])
    second.join('b')
    second.join('a')
    expect(second.sent.map((s) => s.task.taskId).sort()).toEqual(first.sent.map((s) => s.task.taskId).sort())
    expect(second.sent[0]?.task.settings.seed).toBe(first.sent.find((s) => s.client === 'b')?.task.settings.seed)
    for (const { task } of second.sent) expect(await second.answer(task)).toMatchObject({ status: 'accepted' })
    await vi.waitFor(() => expect(second.runner.jobInfo()).toMatchObject({ state: 'finished', version: 1 }))
    const [row] = await second.records.attempts(second.runner.jobInfo().id, 1)
    expect(row).toMatchObject({ attempt: 1, plan: null, row: { state: 'committed', updates: 2 } })
  })

  it('what was committed never counts again, and its sender is told', async () => {
    const config = { rounds: 2, minClients: 1 }
    const first = await house(config)
    first.join('a')
    await vi.waitFor(() => expect(first.sent).toHaveLength(1))
    const task = lastTask(first.sent)
    await first.answer(task)
    await vi.waitFor(() => expect(first.sent).toHaveLength(2))
    const second = await crash(first, config)
    second.join('a')
    expect(second.sent.map((s) => s.task.taskId)).toEqual([lastTask(first.sent).taskId])
    const again = await second.answer(task, {}, 'a')
    expect(again).toMatchObject({ status: 'duplicate', acceptance: { at: 1000 } })
    expect(second.settledTasks).toEqual([{ client: 'a', taskId: task.taskId, outcome: 'committed', version: 1 }])
    expect(second.runner.jobInfo().version).toBe(1)
  })

  it('no selection is made before the clients of the last attempt are back, or given up', async () => {
    const config = { rounds: 2, minClients: 1, graceSeconds: 5 }
    const first = await house(config)
    first.join('a')
    first.join('b')
    await vi.waitFor(() => expect(first.sent).toHaveLength(1))
    await first.answer(lastTask(first.sent))
    await vi.waitFor(() => expect(first.sent).toHaveLength(3))
    // Round 2 is answered by both, and the process ends just when it is recorded.
    for (const { task } of first.sent.slice(1)) await first.answer(task)
    await vi.waitFor(() => expect(first.runner.jobInfo().version).toBe(2))
    const longer = { ...config, rounds: 2 }
    const second = await crash(first, longer)
    await second.runner.command({ type: 'more', rounds: 1 })
    second.join('a')
    await Promise.resolve()
    expect(second.sent).toEqual([])
    expect(second.runner.jobInfo().reason).toMatch(/1 participant to come back/)
    second.clock.advance(15_000)
    await vi.waitFor(() => expect(second.sent).toHaveLength(1))
    expect(lastTask(second.sent).round).toBe(3)
  })

  it('an attempt that goes on was planned, though the command that planned it could not be saved', async () => {
    const config = { rounds: 1, minClients: 1 }
    const first = await house(config)
    first.join('a')
    await vi.waitFor(() => expect(first.sent).toHaveLength(1))
    const put = vi.spyOn(first.records, 'putJob').mockRejectedValue(new TributaryError('storage/full', 'It is full.'))
    await expect(first.runner.command({ type: 'more', rounds: 1 })).rejects.toMatchObject({ code: 'storage/full' })
    await first.answer(lastTask(first.sent))
    await vi.waitFor(() => expect(first.sent).toHaveLength(2))
    put.mockRestore()
    const second = await crash(first, config)
    expect(second.runner.jobInfo().rounds).toBe(2)
    second.join('a')
    await second.answer(lastTask(second.sent))
    await vi.waitFor(() => expect(second.runner.jobInfo()).toMatchObject({ state: 'finished', version: 2 }))
  })

  it('whoever had a task and does not come back is gone, and the round ends without it', async () => {
    const config = { rounds: 1, minClients: 1, graceSeconds: 5 }
    const first = await house({ ...config, autoStart: false })
    first.join('a')
    first.join('b')
    await first.runner.command({ type: 'start' })
    await vi.waitFor(() => expect(first.sent).toHaveLength(2))
    const second = await crash(first, { ...config, autoStart: false })
    second.join('a')
    await second.answer(lastTask(second.sent))
    expect(second.runner.jobInfo().version).toBe(0)
    second.clock.advance(15_000)
    await vi.waitFor(() => expect(second.runner.jobInfo().version).toBe(1))
    expect(
      second.runner
        .snapshot()
        .rounds[0]?.bars.map((bar) => bar.state)
        .sort(),
    ).toEqual(['counted', 'gone'])
  })
})

it('a command that cannot be saved says so, and is saved with the next change', async () => {
  const h = await house({ rounds: 1, autoStart: false })
  h.join('a')
  const put = vi
    .spyOn(h.records, 'putJob')
    .mockRejectedValueOnce(new TributaryError('storage/full', 'The disk is full.'))
  await expect(h.runner.command({ type: 'start' })).rejects.toMatchObject({ code: 'storage/full' })
  await vi.waitFor(() => expect(h.sent).toHaveLength(1))
  await h.answer(lastTask(h.sent))
  await vi.waitFor(async () => expect((await h.records.latestJob())?.state).toBe('finished'))
  expect(put.mock.calls.length).toBeGreaterThan(1)
})
