import { describe, expect, it, vi } from 'vitest'
import { TributaryError } from '../../shared/errors/error.ts'
import { EVENTS } from '../../shared/protocol/events.ts'
import { PROTOCOL_VERSION } from '../../shared/protocol/version.ts'
import { flatBytes, joinBytes } from '../../shared/tensors/bytes.ts'
import { layoutText } from '../../shared/tensors/layout.ts'
import { numbered, sameBits } from '../../shared/tensors/testing.ts'
import { digestOf, digestOfText } from './digest.ts'
import { ANSWER, NONCE, pass, SessionBench } from './testing/session-bench.ts'
import { agreeable, CAPABILITIES, DATASET, jobInfo, taskFor } from './testing.ts'

const bench = new SessionBench()
const { problems, endings } = bench

describe('hello', () => {
  it('says who joins, and reports who one is and which job it is', async () => {
    await bench.open()
    expect(bench.wire.requests).toEqual([
      [
        EVENTS.hello,
        {
          protocol: PROTOCOL_VERSION,
          capabilities: CAPABILITIES,
          dataset: DATASET,
          resumeToken: undefined,
          nonce: NONCE,
          available: true,
        },
      ],
    ])
    expect(bench.events).toEqual([
      { type: 'connection', state: 'connecting' },
      { type: 'connection', state: 'connected' },
      { type: 'welcome', clientId: 'c-1', resumeToken: 'c-1.signature', resumed: false, ineligible: '' },
      { type: 'job', job: jobInfo(bench.model.digest) },
    ])
  })

  it('waits until the wire is up', async () => {
    bench.wire.up = false
    await bench.open()
    expect(bench.wire.requests).toEqual([])
    bench.wire.restore()
    await pass()
    expect(bench.ofType('welcome')).toHaveLength(1)
  })

  it('is said again after a lost connection, with the token that proves who one was', async () => {
    await bench.open()
    bench.wire.drop()
    expect(bench.events.at(-1)).toEqual({ type: 'connection', state: 'reconnecting' })
    bench.wire.restore()
    await pass()
    expect(bench.wire.asked(EVENTS.hello).map((h) => h.resumeToken)).toEqual([undefined, 'c-1.signature'])
    expect(bench.ofType('welcome')).toHaveLength(2)
  })

  it('is said again without the token where the coordinator was set up anew', async () => {
    await bench.open()
    bench.wire.drop()
    const { [EVENTS.hello]: welcome } = agreeable(bench.model.digest)
    bench.wire.answers[EVENTS.hello] = (h) =>
      h.resumeToken ? { ok: false, code: 'access/bad-token', message: 'Who?' } : welcome?.(h)
    bench.wire.restore()
    await pass()
    expect(bench.wire.asked(EVENTS.hello)).toHaveLength(3)
    expect(bench.ofType('welcome')).toHaveLength(2)
    expect(problems()).toEqual([])
  })

  it('that is lost on its way is no problem: the next connection says it anew', async () => {
    bench.wire.answers[EVENTS.hello] = () => void bench.wire.drop()
    await bench.open()
    expect(problems()).toEqual([])
    Object.assign(bench.wire.answers, agreeable(bench.model.digest))
    bench.wire.restore()
    await pass()
    expect(bench.ofType('welcome')).toHaveLength(1)
  })

  it.each(['protocol/too-old', 'protocol/too-new', 'access/bad-token'])(
    'that is refused with %s ends the session',
    async (code) => {
      bench.wire.answers[EVENTS.hello] = () => ({ ok: false, code, message: 'No.' })
      await bench.open()
      expect(bench.events.at(-1)).toEqual({ type: 'problem', error: { code, message: 'No.' }, fatal: true })
      expect(bench.wire.closed).toBe(true)
      bench.wire.restore()
      bench.wire.deliver(EVENTS.task, taskFor('t1', bench.model.digest))
      await pass()
      expect(bench.performances).toEqual([])
    },
  )

  it('answered with something that fits no schema ends the session', async () => {
    bench.wire.answers[EVENTS.hello] = () => ({ ok: true })
    await bench.open()
    expect(problems()).toEqual([['protocol/malformed', true]])
  })
})

describe('a GPU that failed', () => {
  it('is told of with the update and with each hello since', async () => {
    const { at } = await bench.openAt()
    const capabilities = { backend: 'wasm', adapter: 'processor', hardware: true, reason: 'webgpu failed.' } as const
    at.finish({ ...ANSWER, capabilities })
    await pass()
    expect(bench.wire.asked(EVENTS.updateBegin)).toMatchObject([{ capabilities }])
    expect(bench.events).toContainEqual({ type: 'capabilities', capabilities })
    bench.wire.drop()
    bench.wire.restore()
    await pass()
    const hellos = bench.wire.asked(EVENTS.hello)
    expect(hellos).toHaveLength(2)
    expect(hellos.map((hello) => hello.capabilities)).toEqual([CAPABILITIES, capabilities])
  })
})

describe('a task', () => {
  it('is downloaded, worked on, uploaded, and ends with its receipt', async () => {
    const { at } = await bench.openAt()
    expect(bench.wire.hints[0]).toEqual([EVENTS.accept, { taskId: 't1' }])
    expect(sameBits(at.model.params, bench.model.params)).toBe(true)
    expect(bench.model.requests[0]?.authorization).toBe('Bearer c-1.signature')
    await pass(1500)
    at.finish()
    await pass()
    expect(bench.wire.asked(EVENTS.updateBegin)).toEqual([
      {
        taskId: 't1',
        encoding: 'f32',
        layout: digestOfText(layoutText(bench.model.manifest.layout)),
        bytes: 32,
        sha256: digestOf(flatBytes(numbered(8, 5))),
        numExamples: 600,
        metrics: { loss: 0.25 },
        timings: { downloadMs: expect.any(Number), trainMs: 1500 },
        bytesDown: bench.model.bytes,
      },
    ])
    const [chunk] = bench.wire.asked(EVENTS.updateChunk)
    expect(chunk?.data).toEqual(joinBytes(flatBytes(numbered(8, 5))))
    expect(bench.wire.asked(EVENTS.updateCommit)).toEqual([{ taskId: 't1' }])
    expect(bench.events.at(-1)).toEqual({
      type: 'task-ended',
      task: taskFor('t1', bench.model.digest),
      receipt: { status: 'accepted' },
      bytesUp: 32,
      bytesDown: bench.model.bytes,
    })
    const phases = bench.ofType('task').map((e) => e.phase)
    expect([...new Set(phases)]).toEqual(['download', 'train', 'upload', 'wait'])
    expect(bench.wire.asked(EVENTS.decline)).toEqual([])
  })

  it('reports its training, to the coordinator at most twice a second', async () => {
    const { at } = await bench.openAt()
    const before = bench.wire.hints.length
    for (let i = 1; i <= 20; i++) {
      at.onProgress({ fraction: i / 20, loss: 1 / i, metric: 0.5, secondsLeft: 1, examplesPerSecond: 100 })
      await pass(100)
    }
    expect(bench.ofType('training')).toHaveLength(20)
    const told = bench.wire.hints.slice(before)
    expect(told.length).toBeGreaterThanOrEqual(3)
    expect(told.length).toBeLessThanOrEqual(4)
    expect(told[0]?.[1]).toMatchObject({ taskId: 't1', phase: 'train', examplesPerSecond: 100 })
  })

  it('may be answered without parameters', async () => {
    const { at } = await bench.openAt()
    at.finish({ paramsType: 'none', params: null, numExamples: 60, metrics: { correct: 50 } })
    await pass()
    expect(bench.wire.asked(EVENTS.updateBegin)[0]).toMatchObject({ encoding: 'none', bytes: 0, sha256: digestOf([]) })
    expect(endings()).toEqual([['t1', 'accepted']])
  })

  it('is declined when the performer throws, and the reason told on both sides', async () => {
    const { at } = await bench.openAt()
    at.fail(new TributaryError('training/diverged', 'The loss is NaN. A smaller learning rate helps.'))
    await pass()
    const reason = 'The loss is NaN. A smaller learning rate helps.'
    expect(bench.wire.asked(EVENTS.decline)).toEqual([{ taskId: 't1', code: 'training/diverged', reason }])
    expect(bench.ofType('problem')).toEqual([
      { type: 'problem', error: { code: 'training/diverged', message: reason }, fatal: false },
    ])
    expect(endings()).toEqual([['t1', null]])
    // The next one is taken on as if nothing had been.
    bench.wire.deliver(EVENTS.task, taskFor('t2', bench.model.digest))
    await pass()
    expect(bench.performances.at(-1)?.taskId).toBe('t2')
  })

  it('is declined with a code for what is no error of ours, and a reason that is not too long to be told', async () => {
    const { at } = await bench.openAt()
    at.fail(new Error('x'.repeat(2000)))
    await pass()
    expect(bench.wire.asked(EVENTS.decline)).toEqual([
      { taskId: 't1', code: 'training/failed', reason: 'x'.repeat(500) },
    ])
  })

  it('is declined when its model cannot be had, after some tries', async () => {
    let tries = 0
    vi.stubGlobal('fetch', async () => {
      tries++
      return new Response('no', { status: 500 })
    })
    await bench.openAt()
    await pass(60_000)
    expect(tries).toBe(5)
    expect(bench.performances).toEqual([])
    expect(bench.wire.asked(EVENTS.decline)).toMatchObject([{ taskId: 't1', code: 'network/http' }])
    expect(endings()).toEqual([['t1', null]])
  })

  it('goes on when the model can be had after all', async () => {
    let tries = 0
    vi.stubGlobal('fetch', async (url: string) => {
      if (++tries <= 2) throw new TypeError('fetch failed')
      return bench.model.fetch(url)
    })
    await bench.openAt()
    await pass(10_000)
    expect(bench.performances).toHaveLength(1)
  })

  it.each(['rejected', 'stale'] as const)('that is answered %s says why, as a problem', async (status) => {
    const receipt = { status, code: 'update/norm', message: 'The update’s norm is 12000.' }
    bench.wire.answers[EVENTS.updateCommit] = () => ({ ok: true, receipt })
    const { at } = await bench.openAt()
    at.finish()
    await pass()
    expect(bench.ofType('problem')).toEqual([
      { type: 'problem', error: { code: 'update/norm', message: 'The update’s norm is 12000.' }, fatal: false },
    ])
    expect(bench.events.at(-1)).toMatchObject({ type: 'task-ended', receipt })
  })

  it('comes once: a reminder of the present task is ignored', async () => {
    const { at } = await bench.openAt()
    bench.wire.deliver(EVENTS.task, taskFor('t1', bench.model.digest))
    await pass()
    expect(bench.performances).toHaveLength(1)
    expect(at.signal.aborted).toBe(false)
    at.finish()
    await pass()
    expect(endings()).toEqual([['t1', 'accepted']])
  })

  it('R5: makes way for a newer one', async () => {
    const { at } = await bench.openAt('t1')
    bench.wire.deliver(EVENTS.task, taskFor('t2', bench.model.digest))
    await pass()
    expect(at.signal.aborted).toBe(true)
    at.finish()
    bench.performances.at(-1)?.finish()
    await pass()
    expect(bench.wire.asked(EVENTS.updateBegin).map((b) => b.taskId)).toEqual(['t2'])
    expect(endings()).toEqual([
      ['t1', null],
      ['t2', 'accepted'],
    ])
    expect(problems()).toEqual([])
  })

  it('that overtook the answer to hello waits for the token that it needs', async () => {
    let welcome = () => {}
    bench.wire.answers[EVENTS.hello] = (h) =>
      new Promise((resolve) => (welcome = () => resolve(agreeable(bench.model.digest)[EVENTS.hello]?.(h))))
    await bench.open()
    bench.wire.deliver(EVENTS.task, taskFor('t1', bench.model.digest))
    await pass()
    expect(bench.model.requests).toEqual([])
    welcome()
    await pass()
    expect(bench.model.requests[0]?.authorization).toBe('Bearer c-1.signature')
    expect(bench.performances).toHaveLength(1)
  })

  it('that overtook the answer to hello and was cancelled before it is not begun', async () => {
    let welcome = () => {}
    bench.wire.answers[EVENTS.hello] = (h) =>
      new Promise((resolve) => (welcome = () => resolve(agreeable(bench.model.digest)[EVENTS.hello]?.(h))))
    await bench.open()
    bench.wire.deliver(EVENTS.task, taskFor('t1', bench.model.digest))
    bench.wire.deliver(EVENTS.taskCancel, { taskId: 't1', reason: 'enough' })
    welcome()
    await pass()
    expect(bench.performances).toEqual([])
  })
})

describe('a cancelled task', () => {
  it('ends the performer’s work; nothing is uploaded, and it is no problem', async () => {
    const { at } = await bench.openAt()
    bench.wire.deliver(EVENTS.taskCancel, { taskId: 't1', reason: 'enough' })
    expect(at.signal.aborted).toBe(true)
    at.fail(at.signal.reason)
    await pass(5000)
    expect(endings()).toEqual([['t1', null]])
    expect(problems()).toEqual([])
    expect(bench.wire.asked(EVENTS.updateBegin)).toEqual([])
    expect(bench.wire.asked(EVENTS.decline)).toEqual([])
  })

  it('is not uploaded by a performer that finishes all the same', async () => {
    const { at } = await bench.openAt()
    bench.wire.deliver(EVENTS.taskCancel, { taskId: 't1', reason: 'enough' })
    at.finish()
    await pass(5000)
    expect(bench.wire.asked(EVENTS.updateBegin)).toEqual([])
    expect(endings()).toEqual([['t1', null]])
  })

  it('is another one than the present: ignored', async () => {
    const { at } = await bench.openAt('t2')
    bench.wire.deliver(EVENTS.taskCancel, { taskId: 't1', reason: 'enough' })
    expect(at.signal.aborted).toBe(false)
  })

  it('stops an upload that waits to be tried again', async () => {
    bench.wire.answers[EVENTS.updateBegin] = () => ({ ok: false, code: 'update/busy', message: 'Wait.' })
    const { at } = await bench.openAt()
    at.finish()
    await pass(100)
    bench.wire.deliver(EVENTS.taskCancel, { taskId: 't1', reason: 'enough' })
    await pass()
    expect(endings()).toEqual([['t1', null]])
    await pass(10_000)
    expect(bench.wire.asked(EVENTS.updateBegin)).toHaveLength(1)
  })
})

describe('a lost connection', () => {
  it('does not end the training; its answer waits for the next connection', async () => {
    const { at } = await bench.openAt()
    bench.wire.drop()
    await pass()
    expect(at.signal.aborted).toBe(false)
    at.finish()
    await pass(30_000)
    expect(bench.wire.asked(EVENTS.updateBegin)).toEqual([])
    bench.wire.restore()
    await pass()
    expect(bench.wire.requests.slice(1).map(([event]) => event)).toEqual([
      EVENTS.hello,
      EVENTS.updateBegin,
      EVENTS.updateChunk,
      EVENTS.updateCommit,
    ])
    expect(endings()).toEqual([['t1', 'accepted']])
  })

  it('R4: before the receipt came: the update is offered again and told to be a duplicate', async () => {
    bench.wire.answers[EVENTS.updateCommit] = () => void bench.wire.drop()
    const { at } = await bench.openAt()
    at.finish()
    await pass()
    expect(endings()).toEqual([])
    const receipt = { status: 'duplicate', message: 'It counts once.' }
    bench.wire.answers[EVENTS.updateBegin] = () => ({ ok: true, receipt })
    bench.wire.restore()
    await pass()
    const offers = bench.wire.asked(EVENTS.updateBegin)
    expect(offers).toHaveLength(2)
    expect(offers[1]).toEqual(offers[0])
    expect(bench.performances).toHaveLength(1)
    expect(bench.events.at(-1)).toMatchObject({ type: 'task-ended', receipt })
    expect(problems()).toEqual([])
  })

  it('in the middle of the upload: it goes on where the coordinator is', async () => {
    bench.wire.answers[EVENTS.updateChunk] = () => void bench.wire.drop()
    const { at } = await bench.openAt()
    at.finish()
    await pass()
    Object.assign(bench.wire.answers, agreeable(bench.model.digest), {
      [EVENTS.updateBegin]: () => ({ ok: true, held: 20 }),
    })
    bench.wire.restore()
    await pass()
    expect(bench.wire.asked(EVENTS.updateChunk).map((c) => c.offset)).toEqual([0, 20])
    expect(endings()).toEqual([['t1', 'accepted']])
  })
})

describe('an upload that is refused', () => {
  it.each(['update/busy', 'update/wrong-digest', 'update/not-begun', 'update/wrong-offset', 'protocol/no-session'])(
    'with %s is offered again after a while',
    async (code) => {
      bench.wire.answers[EVENTS.updateBegin] = () => ({ ok: false, code, message: 'Not now.' })
      const { at } = await bench.openAt()
      at.finish()
      await pass(2500)
      expect(bench.wire.asked(EVENTS.updateBegin)).toHaveLength(3)
      Object.assign(bench.wire.answers, agreeable(bench.model.digest))
      await pass(1000)
      expect(endings()).toEqual([['t1', 'accepted']])
      expect(problems()).toEqual([])
    },
  )

  it.each(['update/too-large', 'protocol/malformed', 'some/new-code'])(
    'with %s is given up and declined',
    async (code) => {
      bench.wire.answers[EVENTS.updateBegin] = () => ({ ok: false, code, message: 'Never.' })
      const { at } = await bench.openAt()
      at.finish()
      await pass(5000)
      expect(bench.wire.asked(EVENTS.updateBegin)).toHaveLength(1)
      expect(bench.wire.asked(EVENTS.decline)).toHaveLength(1)
      expect(problems()).toEqual([[code === 'some/new-code' ? 'internal' : code, false]])
      expect(endings()).toEqual([['t1', null]])
    },
  )
})

describe('a participant that pauses', () => {
  it('gives its task back, and takes part again when it is ready', async () => {
    const { session, at } = await bench.openAt()
    await session.setAvailable(false)
    expect(at.signal.aborted).toBe(true)
    expect(bench.wire.asked(EVENTS.decline)).toMatchObject([{ taskId: 't1', code: 'training/cancelled' }])
    expect(bench.wire.asked(EVENTS.availability)).toEqual([{ available: false, leave: false }])
    // In this order: declined first, a new task might come in between.
    expect(bench.wire.requests.map(([event]) => event)).toEqual([EVENTS.hello, EVENTS.availability, EVENTS.decline])
    await session.setAvailable(true)
    expect(bench.wire.asked(EVENTS.availability).at(-1)).toEqual({ available: true, leave: false })
    bench.wire.deliver(EVENTS.task, taskFor('t2', bench.model.digest))
    await pass()
    expect(bench.performances.at(-1)?.taskId).toBe('t2')
  })

  it('while the connection is away is still paused afterwards, and its task given back then', async () => {
    const { session, at } = await bench.openAt()
    bench.wire.drop()
    await session.setAvailable(false)
    expect(at.signal.aborted).toBe(true)
    bench.wire.restore()
    await pass()
    expect(bench.wire.asked(EVENTS.hello).at(-1)).toMatchObject({ available: false })
    // The coordinator did not hear of it, and reminds.
    bench.wire.deliver(EVENTS.task, taskFor('t1', bench.model.digest))
    await pass()
    expect(bench.performances).toHaveLength(1)
    expect(bench.wire.asked(EVENTS.decline)).toMatchObject([{ taskId: 't1', code: 'training/cancelled' }])
  })
})

describe('a participant that leaves', () => {
  it('says goodbye, ends its work and closes the wire', async () => {
    const { session, at } = await bench.openAt()
    await session.leave()
    expect(at.signal.aborted).toBe(true)
    expect(bench.wire.asked(EVENTS.availability)).toEqual([{ available: true, leave: true }])
    expect(bench.wire.closed).toBe(true)
    expect(bench.ofType('connection').map((e) => e.state)).toEqual(['connecting', 'connected'])
    bench.wire.deliver(EVENTS.task, taskFor('t2', bench.model.digest))
    await pass()
    expect(bench.performances).toHaveLength(1)
  })

  it('can do so without a connection', async () => {
    const session = await bench.open()
    bench.wire.drop()
    await session.leave()
    expect(bench.wire.closed).toBe(true)
  })
})

describe('messages of the coordinator', () => {
  it('tell how the job is', async () => {
    await bench.open()
    bench.wire.deliver(EVENTS.job, { ...jobInfo(bench.model.digest), state: 'finished', round: 3 })
    expect(bench.events.at(-1)).toMatchObject({ type: 'job', job: { state: 'finished', round: 3 } })
  })

  it.each([EVENTS.task, EVENTS.taskCancel, EVENTS.job])(
    'that fit no schema (%s) are a problem, and the work goes on',
    async (event) => {
      const { at } = await bench.openAt()
      bench.wire.deliver(event, { taskId: 7 })
      expect(problems()).toEqual([['protocol/malformed', false]])
      expect(at.signal.aborted).toBe(false)
      at.finish()
      await pass()
      expect(endings()).toEqual([['t1', 'accepted']])
    },
  )
})
