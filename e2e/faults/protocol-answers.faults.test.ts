/** What docs/protocol.md says of refusals, verdicts and endings, each provoked over the wire by a client written from it. */
import { readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { clientFolder } from '../../server/cli/paths.ts'
import { createLog } from '../../server/logging/log.ts'
import { type Coordinator, type CoordinatorOptions, startCoordinator } from '../../server/main.ts'
import { closeLater, SMALL_JOB, temporaryFolder } from '../../server/testing.integration.ts'
import { type JobConfigInput, parseJobConfig } from '../../shared/jobs/config.ts'
import { answerTo, beginFor, RawClient, type RawTask, sha256, updateBytes } from '../raw/client.ts'

type Options = Partial<Pick<CoordinatorOptions, 'limits' | 'ingest'>>

/** A coordinator whose job waits for its start, and its store. */
async function house(change: Partial<JobConfigInput> = {}, options: Options = {}) {
  const storeFolder = await temporaryFolder()
  const job: JobConfigInput = { ...SMALL_JOB, rounds: 1, graceSeconds: 5, autoStart: false, ...change }
  const coordinator = await startCoordinator({
    host: '127.0.0.1',
    port: 0,
    publicHost: '127.0.0.1',
    tls: null,
    storeFolder,
    job: parseJobConfig(job, 'The test’s job'),
    dataFolder: undefined,
    clientFolder: clientFolder(),
    log: createLog('silent'),
    ...options,
  })
  closeLater(() => coordinator.close())
  return { coordinator, storeFolder }
}

function connect({ url }: Coordinator): RawClient {
  const client = new RawClient(url)
  closeLater(async () => client.close())
  return client
}

/** So many clients, who all get a task. */
async function working(coordinator: Coordinator, count: number): Promise<{ client: RawClient; task: RawTask }[]> {
  const clients: RawClient[] = []
  for (let i = 0; i < count; i++) {
    const client = connect(coordinator)
    expect(await client.hello()).toMatchObject({ ok: true })
    clients.push(client)
  }
  await coordinator.runner.command({ type: 'start' })
  return Promise.all(clients.map(async (client) => ({ client, task: await client.task() })))
}

const no = (code: string) => ({ ok: false, code, message: expect.stringMatching(/\.$/) })

describe('verdicts', () => {
  it('an update that may not count is rejected with its code, for good; the others count', async () => {
    const { coordinator } = await house()
    const all = await working(coordinator, 7)
    const [honest, ...others] = all
    if (!honest) throw new Error('nobody is there')
    const { begin, bytes, values } = await answerTo(honest.client, honest.task)
    const filled = (value: number, first = value) => {
      const vector = new Float32Array(values.length).fill(value)
      vector[0] = first
      return updateBytes(vector)
    }
    const wrongs: [code: string, bytes: Uint8Array, change: object][] = [
      ['update/wrong-layout', bytes, { layout: 'f'.repeat(64) }],
      ['update/wrong-layout', new Uint8Array(0), { encoding: 'none' }],
      ['update/out-of-bounds', filled(0, 1024.5), {}],
      ['update/norm', filled(1000), {}],
      ['update/examples', bytes, { numExamples: 101 }],
      ['update/examples', bytes, { numExamples: 0 }],
    ]
    expect(wrongs).toHaveLength(others.length)
    for (const [i, [code, sent, change]] of wrongs.entries()) {
      const { client, task } = others[i] as (typeof all)[number]
      const offered = { ...beginFor(task.taskId, begin.layout, sent), ...change }
      const rejected = { status: 'rejected', code, message: expect.stringMatching(/\.$/) }
      expect(await client.upload(offered, sent), code).toEqual(rejected)
      // Final: what would have counted does not any more.
      expect(await client.ask('update:begin', beginFor(task.taskId, begin.layout, bytes)), code).toEqual({
        ok: true,
        receipt: rejected,
      })
    }
    expect(await honest.client.upload(begin, bytes)).toMatchObject({ status: 'accepted' })
    await honest.client.until('task:settled')
    expect(coordinator.runner.snapshot().versions.at(-1)).toMatchObject({ version: 1, updates: 1, examples: 100 })
  })

  it('task:cancel: a round that has enough answers tells the others, whose updates are stale', async () => {
    const { coordinator } = await house({ clientsPerRound: 1, overSelection: 2 })
    const [quick, slow] = await working(coordinator, 2)
    if (!quick || !slow) throw new Error('nobody is there')
    const late = await answerTo(slow.client, slow.task)
    await slow.client.ask('update:begin', late.begin)
    const { begin, bytes } = await answerTo(quick.client, quick.task)
    expect(await quick.client.upload(begin, bytes)).toMatchObject({ status: 'accepted' })
    const cancelled = await slow.client.until('task:cancel')
    expect(cancelled).toEqual({ taskId: slow.task.taskId, reason: expect.stringMatching(/\.$/) })
    const chunk = { taskId: slow.task.taskId, offset: 0, data: late.bytes.slice(0, 1000) }
    expect(await slow.client.ask('update:chunk', chunk)).toMatchObject(no('update/not-begun'))
    expect(await slow.client.upload(late.begin, late.bytes)).toMatchObject({ status: 'stale', code: 'round/stale' })
    expect(quick.client.received.some(([event]) => event === 'task:cancel')).toBe(false)
  })

  it('evaluate: the last version is scored by metrics alone, and the score is in the job’s history', async () => {
    const { coordinator } = await house({ validationSplit: 0.1 })
    const [only] = await working(coordinator, 1)
    if (!only) throw new Error('nobody is there')
    const { client, task } = only
    const { begin, bytes } = await answerTo(client, task)
    await client.upload(begin, bytes)
    const last = await client.task(({ kind }) => kind === 'evaluate')
    expect(last).toMatchObject({ version: 1, round: 1 })
    expect(last.taskId).not.toBe(task.taskId)
    const nothing = new Uint8Array(0)
    const answer = {
      ...beginFor(last.taskId, begin.layout, nothing),
      encoding: 'none' as const,
      metrics: { validation_loss: 0.5, validation_accuracy: 0.75, validation_examples: 10 },
    }
    expect(await client.ask('update:begin', answer)).toEqual({ ok: true, held: 0 })
    expect(await client.ask('update:commit', { taskId: last.taskId })).toEqual({
      ok: true,
      receipt: { status: 'accepted', acceptance: { sha256: sha256(nothing), at: expect.any(Number) } },
    })
    const settled = await client.until<{ taskId: string }>('task:settled', (s) => s.taskId === last.taskId)
    expect(settled).toEqual({ taskId: last.taskId, outcome: 'committed', version: 1 })
    const job = await client.until<{ state: string; history: unknown[] }>('job', (j) => j.state === 'finished')
    expect(job.history).toContainEqual({ version: 1, metric: 0.75, loss: 0.5 })
  })
})

describe('uploads', () => {
  it('update/busy: whoever asks again in time keeps its place in line', async () => {
    // Room for one update of 51 kB.
    const { coordinator } = await house({}, { ingest: { maxBytesInFlight: 60_000 } })
    const all = await working(coordinator, 3)
    const [a, b, c] = await Promise.all(
      all.map(async ({ client, task }) => ({ client, ...(await answerTo(client, task)) })),
    )
    if (!a || !b || !c) throw new Error('nobody is there')
    const begin = ({ client, begin: offered }: typeof a) => client.ask('update:begin', offered)
    expect(await begin(a)).toEqual({ ok: true, held: 0 })
    const second = await begin(b)
    const third = await begin(c)
    expect(second).toMatchObject({ ...no('update/busy'), retryMs: expect.any(Number) })
    expect(third).toMatchObject({ ...no('update/busy'), retryMs: expect.any(Number) })
    expect(third.retryMs, 'further down in the line').toBeGreaterThan(second.retryMs ?? Number.NaN)
    expect(await a.client.upload(a.begin, a.bytes)).toMatchObject({ status: 'accepted' })
    expect(await begin(c), 'it is not its turn').toMatchObject(no('update/busy'))
    expect(await b.client.upload(b.begin, b.bytes)).toMatchObject({ status: 'accepted' })
    expect(await c.client.upload(c.begin, c.bytes)).toMatchObject({ status: 'accepted' })
  })

  it('too many bytes or other bytes end an upload; too few do not; another begun ends the one before', async () => {
    const { coordinator } = await house()
    const [only] = await working(coordinator, 1)
    if (!only) throw new Error('nobody is there')
    const { client, task } = only
    const { taskId } = task
    const { begin, bytes } = await answerTo(client, task)
    const chunk = (offset: number, data: unknown) => client.ask('update:chunk', { taskId, offset, data })
    const commit = () => client.ask('update:commit', { taskId })

    await client.ask('update:begin', begin)
    expect(await chunk(0, new Uint8Array(bytes.length + 1))).toMatchObject(no('update/too-large'))
    expect(await chunk(0, bytes)).toMatchObject(no('update/not-begun'))

    await client.ask('update:begin', begin)
    await chunk(
      0,
      bytes.map((byte) => byte ^ 1),
    )
    expect(await commit()).toMatchObject(no('update/wrong-digest'))
    expect(await commit()).toMatchObject(no('update/not-begun'))

    await client.ask('update:begin', begin)
    await chunk(0, bytes.slice(0, 100))
    const other = beginFor(taskId, begin.layout, updateBytes(new Float32Array(bytes.length / 4)))
    expect(await client.ask('update:begin', other)).toEqual({ ok: true, held: 0 })
    expect(await client.ask('update:begin', begin)).toEqual({ ok: true, held: 0 })

    expect(await chunk(0, new Uint8Array(0))).toMatchObject(no('protocol/malformed'))
    expect(await chunk(0, new Uint8Array(2 ** 20 + 1))).toMatchObject(no('protocol/malformed'))
    expect(await chunk(0, bytes.slice(0, 100))).toEqual({ ok: true, held: 100 })
    expect(await commit()).toMatchObject(no('update/wrong-size'))
    expect(await chunk(100, bytes.slice(100))).toEqual({ ok: true, held: bytes.length })
    expect(await commit()).toMatchObject({ ok: true, receipt: { status: 'accepted' } })
  })
})

describe('limits', () => {
  it('access/too-many: more events, or more new clients, than may be are answered with when to ask again', async () => {
    const conduct = { events: { perSecond: 1, burst: 5 }, newClients: { perSecond: 0.01, burst: 1 } }
    const { coordinator } = await house({}, { limits: { conduct } })
    const client = connect(coordinator)
    await client.hello()
    const answers = []
    for (let i = 0; i < 7; i++) answers.push(await client.ask('availability', { available: true, leave: false }))
    expect(answers[0]).toEqual({ ok: true })
    const refused = answers.at(-1)
    expect(refused).toMatchObject(no('access/too-many'))
    expect(refused?.retryMs).toBeGreaterThan(0)
    expect(refused?.retryMs).toBeLessThanOrEqual(1000)
    await new Promise((resolve) => setTimeout(resolve, refused?.retryMs))
    expect(await client.ask('availability', { available: true, leave: false })).toEqual({ ok: true })
    const stranger = await connect(coordinator).hello()
    expect(stranger).toMatchObject(no('access/too-many'))
    expect(stranger.retryMs).toBeGreaterThan(1000)
  })

  it('access/misbehaved: whoever sends nonsense is dismissed, loses its task and is kept out; neighbours are not', async () => {
    const { coordinator } = await house({ minClients: 1 })
    const [bad, good] = await working(coordinator, 2)
    if (!bad || !good) throw new Error('nobody is there')
    for (let i = 0; i < 25; i++) bad.client.tell(i % 2 ? 'nonsense' : 'update:begin', { i })
    expect(await bad.client.until('dismissed')).toEqual({
      code: 'access/misbehaved',
      message: expect.stringMatching(/\.$/),
      retryMs: 300_000,
    })
    await bad.client.untilClosed()
    const again = connect(coordinator)
    again.token = bad.client.token
    const answer = await again.hello()
    expect(answer).toMatchObject(no('access/misbehaved'))
    expect(answer.retryMs).toBeGreaterThan(290_000)
    const { begin, bytes } = await answerTo(good.client, good.task)
    expect(await good.client.upload(begin, bytes)).toMatchObject({ status: 'accepted' })
    expect(await good.client.until('task:settled')).toMatchObject({ outcome: 'committed', version: 1 })
    expect(await connect(coordinator).hello()).toMatchObject({ ok: true })
  })

  it('no hello, or one socket too many: dismissed with when to come back', async () => {
    const { coordinator } = await house({}, { limits: { conduct: { helloMs: 100 }, sockets: { perAddress: 1 } } })
    const silent = connect(coordinator)
    const last = connect(coordinator)
    const [first, second] = await Promise.all([silent.until('dismissed'), last.until('dismissed')])
    expect([first, second]).toContainEqual({
      code: 'protocol/no-session',
      message: expect.stringMatching(/\.$/),
      retryMs: 0,
    })
    expect([first, second]).toContainEqual({
      code: 'access/too-many',
      message: expect.stringMatching(/\.$/),
      retryMs: 10_000,
    })
    await silent.untilClosed()
  })
})

describe('names and values', () => {
  it('a name that is on no list is refused, a number too; so is an event without its object', async () => {
    const { coordinator } = await house()
    const client = connect(coordinator)
    await client.hello()
    for (const name of ['nonsense', '', 'x'.repeat(5000), 7 as unknown as string]) {
      expect(await client.ask(name, {}), String(name).slice(0, 60)).toMatchObject(no('protocol/malformed'))
    }
    for (const value of [null, 7, 'text', [], { available: 'yes', leave: false }]) {
      expect(await client.ask('availability', value)).toMatchObject(no('protocol/malformed'))
    }
    expect(await client.ask('availability', { available: true, leave: false, unheard: 1 })).toEqual({ ok: true })
    expect(await client.ask('progress', { taskId: 'x', phase: 'rest', fraction: 2 })).toMatchObject(
      no('protocol/malformed'),
    )
  })
})

describe('HTTP', () => {
  const error = (code: string) => ({ error: { code, message: expect.stringMatching(/\.$/) } })

  it('every refusal has its status, and a body with code and sentence', async () => {
    const requests = { participant: { perSecond: 0.1, burst: 6 } }
    const { coordinator, storeFolder } = await house({}, { limits: { requests } })
    const client = connect(coordinator)
    const { job } = await client.hello()
    const digest = job?.model ?? ''
    const manifest = await client.manifest(digest)
    const expectRefused = async (response: Response, status: number, code: string) => {
      expect([response.status, await response.json()]).toEqual([status, error(code)])
      return response
    }
    await expectRefused(await fetch(`${coordinator.url}/api/blobs/${digest}`), 403, 'access/denied')
    await expectRefused(await client.get('0'.repeat(64)), 404, 'model/unknown')
    await expectRefused(await client.get('nonsense'), 404, 'model/unknown')
    await expectRefused(await fetch(`${coordinator.url}/api/nothing`), 404, 'protocol/malformed')
    await expectRefused(await fetch(`${coordinator.url}/api/demo-data/0/images`), 404, 'data/partition')
    const past = await client.get(digest, { Range: 'bytes=99999999-' })
    expect((await expectRefused(past, 416, 'protocol/malformed')).headers.get('Content-Range')).toMatch(
      /^bytes \*\/\d+$/,
    )

    // Damaged on the disk: no byte of it is passed off as the model's.
    const paths = await readdir(storeFolder, { recursive: true })
    const path = paths.find((name) => name.replace(/[^0-9a-f]/g, '').endsWith(manifest.params.digest))
    await writeFile(
      join(storeFolder, path ?? expect.fail('the blob has no file')),
      new Uint8Array(manifest.params.bytes),
    )
    await expect(client.get(manifest.params.digest).then((response) => response.arrayBuffer())).rejects.toThrow()

    await client.get(digest)
    const many = await expectRefused(await client.get(digest), 429, 'access/too-many')
    expect(Number(many.headers.get('Retry-After'))).toBeGreaterThan(0)
  })
})
