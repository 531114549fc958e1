/** What a session does when connections, coordinators and tabs come and go. */
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { EVENTS } from '../../shared/protocol/events.ts'
import { NONCE, pass, SessionBench } from './testing/session-bench.ts'
import { agreeable, jobInfo, taskFor } from './testing.ts'

const bench = new SessionBench()
const { problems, endings, settlements } = bench

const receipt = (status: string) => () => ({ ok: true, receipt: { status, message: 'So it is.' } })
const offered = () => bench.wire.asked(EVENTS.updateBegin).map((b) => b.taskId)

beforeEach(() => {
  vi.spyOn(Math, 'random').mockReturnValue(0.5)
})

describe('an accepted update', () => {
  it('R8: is kept, and offered again after every new hello, until it is settled', async () => {
    await bench.openKept()
    expect(offered()).toEqual(['t1'])
    // The coordinator was killed: it holds nothing, and takes the bytes once more.
    await bench.reconnect()
    expect(offered()).toEqual(['t1', 't1'])
    expect(bench.wire.asked(EVENTS.updateChunk)).toHaveLength(2)
    expect(bench.wire.asked(EVENTS.updateBegin)[1]).toEqual(bench.wire.asked(EVENTS.updateBegin)[0])
    // The next one still had it.
    bench.wire.answers[EVENTS.updateBegin] = receipt('duplicate')
    await bench.reconnect()
    await bench.reconnect()
    expect(offered()).toHaveLength(4)
    bench.wire.deliver(EVENTS.taskSettled, { taskId: 't1', outcome: 'committed', version: 1 })
    await bench.reconnect()
    expect(offered()).toHaveLength(4)
    expect(bench.performances).toHaveLength(1)
    expect(settlements()).toEqual([['t1', 'committed']])
    expect(problems()).toEqual([])
  })

  it('R4: is reported once, however often it was offered', async () => {
    await bench.openKept()
    await bench.reconnect()
    await bench.reconnect()
    expect(endings()).toEqual([['t1', 'accepted']])
  })

  it('R8: is not trained again when its task is sent again: it is offered', async () => {
    await bench.openKept()
    await bench.reconnect()
    bench.wire.answers[EVENTS.updateBegin] = receipt('duplicate')
    await bench.task('t1')
    expect(bench.performances).toHaveLength(1)
    expect(offered()).toEqual(['t1', 't1', 't1'])
  })

  it('R8: of which the coordinator knows nothing any more is forgotten, and counts nowhere', async () => {
    await bench.openKept()
    bench.wire.answers[EVENTS.updateBegin] = receipt('stale')
    await bench.reconnect()
    expect(settlements()).toEqual([['t1', 'abandoned']])
    expect(problems()).toEqual([])
    await bench.reconnect()
    expect(offered()).toEqual(['t1', 't1'])
  })

  it('makes way for the next task', async () => {
    await bench.openKept()
    await bench.task('t2')
    await bench.reconnect()
    expect(offered()).toEqual(['t1'])
    expect(bench.performances.map((p) => p.taskId)).toEqual(['t1', 't2'])
    expect(endings()).toEqual([['t1', 'accepted']])
  })

  it.each([{ state: 'finished' }, { id: 'digits-2' }] as const)('is forgotten with its job: %o', async (change) => {
    await bench.openKept()
    bench.wire.deliver(EVENTS.job, { ...jobInfo(bench.model.digest), ...change })
    await bench.reconnect()
    expect(offered()).toEqual(['t1'])
  })

  it('R6: is not given back by a pause, and offered by a paused tab too', async () => {
    const session = await bench.openKept()
    await session.setAvailable(false)
    await bench.reconnect()
    await bench.task('t1')
    expect(bench.wire.asked(EVENTS.decline)).toEqual([])
    expect(offered().length).toBeGreaterThanOrEqual(2)
  })

  it('that was settled while its receipt was under way is offered once more, for the receipt, and not kept', async () => {
    bench.wire.answers[EVENTS.updateCommit] = () => void bench.wire.drop()
    await bench.openKept()
    bench.wire.deliver(EVENTS.taskSettled, { taskId: 't1', outcome: 'committed', version: 1 })
    bench.wire.answers[EVENTS.updateBegin] = receipt('duplicate')
    bench.wire.restore()
    await pass()
    expect(endings()).toEqual([['t1', 'duplicate']])
    await bench.reconnect()
    expect(offered()).toEqual(['t1', 't1'])
  })

  it('lost again while it is offered again goes on at the byte that the coordinator has', async () => {
    await bench.openKept()
    bench.wire.answers[EVENTS.updateChunk] = () => void bench.wire.drop()
    await bench.reconnect()
    Object.assign(bench.wire.answers, agreeable(bench.model.digest), {
      [EVENTS.updateBegin]: () => ({ ok: true, held: 20 }),
    })
    bench.wire.restore()
    await pass()
    expect(bench.wire.asked(EVENTS.updateChunk).map((c) => c.offset)).toEqual([0, 0, 20])
    expect(endings()).toEqual([['t1', 'accepted']])
  })
})

describe('U2: a coordinator that is full', () => {
  it('is asked again when it said, give or take a fifth; the page is told of the turn', async () => {
    bench.wire.answers[EVENTS.updateBegin] = () => ({ ok: false, code: 'update/busy', message: 'Wait.', retryMs: 5000 })
    const { at } = await bench.openAt()
    at.finish()
    await pass(3900)
    expect(offered()).toHaveLength(1)
    expect(bench.ofType('task').at(-1)?.phase).toBe('turn')
    await pass(2200)
    expect(offered()).toHaveLength(2)
    Object.assign(bench.wire.answers, agreeable(bench.model.digest))
    await pass(6000)
    expect(endings()).toEqual([['t1', 'accepted']])
    expect(problems()).toEqual([])
    expect(bench.wire.asked(EVENTS.decline)).toEqual([])
  })

  it('to hello: the wire rests for so long, and nothing is lost', async () => {
    const { at } = await bench.openAt()
    bench.wire.answers[EVENTS.hello] = () => ({
      ok: false,
      code: 'access/too-many',
      message: 'Too many from one place.',
      retryMs: 8000,
    })
    await bench.reconnect()
    expect(bench.wire.renewals).toEqual([8000])
    expect(bench.events.at(-1)).toMatchObject({
      type: 'turned-away',
      error: { code: 'access/too-many' },
      retryMs: 8000,
    })
    at.finish()
    Object.assign(bench.wire.answers, agreeable(bench.model.digest))
    bench.wire.restore()
    await pass()
    expect(endings()).toEqual([['t1', 'accepted']])
    expect(problems()).toEqual([])
  })
})

describe('a session that the coordinator ends', () => {
  it('for a time rests as long as it was told, and then says hello', async () => {
    const { at } = await bench.openAt()
    bench.wire.deliver(EVENTS.dismissed, { code: 'access/misbehaved', message: 'Too much.', retryMs: 30_000 })
    expect(at.signal.aborted).toBe(true)
    expect(bench.wire.renewals).toEqual([30_000])
    expect(bench.events.at(-1)).toMatchObject({ type: 'turned-away', error: { message: 'Too much.' } })
    bench.wire.restore()
    await pass()
    expect(bench.ofType('welcome')).toHaveLength(2)
    expect(problems()).toEqual([])
  })

  it('for good stays ended, and says why', async () => {
    await bench.openAt()
    bench.wire.deliver(EVENTS.dismissed, { code: 'access/misbehaved', message: 'Enough.', retryMs: null })
    expect(bench.events.at(-1)).toEqual({
      type: 'problem',
      error: { code: 'access/misbehaved', message: 'Enough.' },
      fatal: true,
    })
    expect(bench.wire.closed).toBe(true)
  })
})

describe('who one is', () => {
  it('is proved by a token from before this page load', async () => {
    await bench.open({ resumeToken: 'c-7.signature' })
    expect(bench.wire.asked(EVENTS.hello)).toMatchObject([{ resumeToken: 'c-7.signature', nonce: NONCE }])
  })

  it('may be somebody new where the token was copied: the new token is the one from then on', async () => {
    const { [EVENTS.hello]: welcome } = bench.wire.answers
    bench.wire.answers[EVENTS.hello] = (h) => ({
      ...(welcome?.(h) as object),
      clientId: 'c-8',
      resumeToken: 'c-8.signature',
    })
    await bench.open({ resumeToken: 'c-7.signature' })
    expect(bench.ofType('welcome')).toMatchObject([{ clientId: 'c-8', resumeToken: 'c-8.signature' }])
    await bench.reconnect()
    expect(bench.wire.asked(EVENTS.hello).map((h) => h.resumeToken)).toEqual(['c-7.signature', 'c-8.signature'])
  })

  it('that changes in the middle ends the task of the one before', async () => {
    const { at } = await bench.openAt()
    const { [EVENTS.hello]: welcome } = bench.wire.answers
    bench.wire.answers[EVENTS.hello] = (h) => ({ ...(welcome?.(h) as object), clientId: 'c-8' })
    await bench.reconnect()
    expect(at.signal.aborted).toBe(true)
  })

  it('is made a nonce for where none is given, another each time', async () => {
    await bench.open({ nonce: undefined })
    await bench.open({ nonce: undefined })
    const [a, b] = bench.wire.asked(EVENTS.hello).map((h) => h.nonce)
    expect(a).toMatch(/^[0-9a-f]{32}$/)
    expect(b).not.toBe(a)
  })

  it('is confirmed to a coordinator that asks whether one is still here', async () => {
    await bench.open()
    expect(bench.wire.deliver(EVENTS.present, null)).toEqual({ nonce: NONCE })
  })

  it('may come back paused', async () => {
    await bench.open({ available: false })
    expect(bench.wire.asked(EVENTS.hello)).toMatchObject([{ available: false }])
    await bench.task('t1')
    expect(bench.performances).toEqual([])
  })

  it('is told why it is never selected', async () => {
    const { [EVENTS.hello]: welcome } = bench.wire.answers
    bench.wire.answers[EVENTS.hello] = (h) => ({ ...(welcome?.(h) as object), ineligible: 'Only 12 examples.' })
    await bench.open()
    expect(bench.ofType('welcome')[0]?.ineligible).toBe('Only 12 examples.')
  })
})

describe('R9: a connection that is lost', () => {
  it('in the middle of a download: it goes on with the bytes that are missing, however long that takes', async () => {
    const { digest } = bench.model.manifest.params
    let away = true
    const ranges: (string | null)[] = []
    vi.stubGlobal('fetch', async (url: string, init: RequestInit) => {
      if (!url.endsWith(digest)) return bench.model.fetch(url, init)
      ranges.push(new Headers(init.headers).get('Range'))
      if (!away) return bench.model.fetch(url, init)
      if (ranges.length > 1) throw new TypeError('fetch failed')
      return cutAfter(bench.model.blobs.get(digest) as Uint8Array, 10)
    })
    await bench.open()
    bench.wire.deliver(EVENTS.task, taskFor('t1', bench.model.digest))
    await pass(100)
    bench.wire.drop()
    await pass(60_000)
    expect(bench.wire.asked(EVENTS.decline)).toEqual([])
    away = false
    bench.wire.restore()
    await pass()
    expect(ranges[0]).toBeNull()
    expect(new Set(ranges.slice(1))).toEqual(new Set(['bytes=10-']))
    expect(bench.performances).toHaveLength(1)
    expect(problems()).toEqual([])
  })

  it('before an update was offered: nothing is asked until hello was answered', async () => {
    const { at } = await bench.openAt()
    bench.wire.drop()
    at.finish()
    let welcome = () => {}
    bench.wire.answers[EVENTS.hello] = (h) =>
      new Promise((resolve) => (welcome = () => resolve(agreeable(bench.model.digest)[EVENTS.hello]?.(h))))
    bench.wire.restore()
    await pass(5000)
    expect(offered()).toEqual([])
    welcome()
    await pass()
    expect(offered()).toEqual(['t1'])
  })
})

describe('a device that wakes', () => {
  it('keeps a connection that still answers', async () => {
    const session = await bench.open()
    await session.check()
    expect(bench.wire.renewals).toEqual([])
  })

  it('renews one that does not', async () => {
    const session = await bench.open()
    bench.wire.answers[EVENTS.availability] = () => new Promise(() => {})
    const checking = session.check()
    void session.check()
    await pass(2900)
    expect(bench.wire.renewals).toEqual([])
    await pass(200)
    await checking
    expect(bench.wire.renewals).toEqual([0])
  })

  it('connects at once where there is none', async () => {
    const session = await bench.open()
    bench.wire.drop()
    await session.check()
    expect(bench.wire.renewals).toEqual([250])
  })

  it('does not disturb a coordinator that wants to hear nothing', async () => {
    const session = await bench.open()
    bench.wire.deliver(EVENTS.dismissed, { code: 'access/too-many', message: 'Later.', retryMs: 60_000 })
    await session.check()
    expect(bench.wire.renewals).toEqual([60_000])
  })
})

/** A response that breaks off after so many bytes. */
function cutAfter(blob: Uint8Array, bytes: number): Response {
  let pulls = 0
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      if (pulls++ === 0) controller.enqueue(blob.slice(0, bytes))
      else controller.error(new TypeError('terminated'))
    },
  })
  return new Response(body, { headers: { 'Content-Length': `${blob.length}` } })
}
