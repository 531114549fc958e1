import { beforeEach, describe, expect, it } from 'vitest'
import { ManualClock } from '../../shared/clock/clock.ts'
import { EVENTS } from '../../shared/protocol/events.ts'
import { silentLog } from '../logging/log.ts'
import { CONDUCT_LIMITS, Conduct } from './conduct.ts'
import { guarded } from './guarded-channel.ts'
import { type MemoryPeer, memoryChannel } from './memory-channel.ts'

const MALFORMED = { ok: false, code: 'protocol/malformed', message: 'This makes no sense.' }
const HELD = { ok: true, held: 0 }

let clock: ManualClock
let conduct: Conduct
let log: [fields: object, message: string][]

beforeEach(() => {
  clock = new ManualClock()
  conduct = new Conduct({ clock })
  log = []
})

interface Tab extends MemoryPeer {
  readonly heard: [event: string, payload: unknown][]
  /** Events that reached the gateway. */
  readonly passed: string[]
  /** What the gateway was told of the closing. */
  reason: string | null
  hello(token?: string): Promise<unknown>
}

/** A tab whose gateway welcomes every hello, calls `junk` malformed and leaves `slow` open. */
function tab(id: string): Tab {
  const { channel, peer } = memoryChannel('192.168.1.1')
  const heard: Tab['heard'] = []
  peer.onEvent((event, payload) => heard.push([event, payload]))
  const made: Tab = {
    ...peer,
    heard,
    passed: [],
    reason: null,
    hello: (token) => peer.request(EVENTS.hello, token === undefined ? {} : { resumeToken: token }),
  }
  const guard = guarded(channel, {
    conduct,
    log: { ...silentLog, warn: (fields, message) => log.push([fields, message]) },
    identify: (token) => (token.startsWith('proves ') ? token.slice(7) : null),
  })
  guard.onEvent((event, _payload, reply) => {
    made.passed.push(event)
    if (event === EVENTS.hello) reply?.({ ok: true, clientId: id })
    else if (event === 'junk') reply?.(MALFORMED)
    else if (event !== 'slow' && event !== EVENTS.progress) reply?.(HELD)
  })
  guard.onClosed((reason) => {
    made.reason = reason
  })
  return made
}

const settle = () => new Promise((resolve) => setImmediate(resolve))

describe('guarded', () => {
  it('lets an honest client’s events and answers through as they are', async () => {
    const client = tab('c-1')
    expect(await client.hello()).toEqual({ ok: true, clientId: 'c-1' })
    expect(await client.request(EVENTS.updateChunk, { data: new Uint8Array(10) })).toEqual(HELD)
    expect(await client.request('junk', {})).toEqual(MALFORMED)
    client.send(EVENTS.progress, { fraction: 1 })
    await settle()
    expect(client.passed).toEqual([EVENTS.hello, EVENTS.updateChunk, 'junk', EVENTS.progress])
    expect(client.reason).toBeNull()
  })

  it('cuts off whoever floods, with a reason; its neighbours notice nothing', async () => {
    const neighbours = [1, 2, 3, 4, 5].map((n) => tab(`c-${n}`))
    for (const neighbour of neighbours) await neighbour.hello()
    const flood = tab('c-bad')
    await flood.hello()
    for (let i = 0; i < 3000; i++) flood.send(EVENTS.progress, null)
    await settle()
    expect(flood.reason).toBe('access/misbehaved')
    expect(flood.heard).toEqual([[EVENTS.dismissed, expect.objectContaining({ code: 'access/misbehaved' })]])
    // The hello was paid for as nobody.
    expect(flood.passed.length).toBe(1 + CONDUCT_LIMITS.events.burst)
    for (const neighbour of neighbours) {
      expect(await neighbour.request(EVENTS.updateBegin, {})).toEqual(HELD)
      expect(neighbour.heard).toEqual([])
      expect(neighbour.reason).toBeNull()
    }
    expect(log).toEqual([
      [
        { client: 'c-bad', address: '192.168.1.1', code: 'access/misbehaved', event: EVENTS.progress },
        expect.stringMatching(/far more events/),
      ],
    ])
  })

  it('cuts off whoever sends nonsense, wanting answers or not, and keeps out its id', async () => {
    const client = tab('c-1')
    await client.hello()
    for (let i = 0; i < 21; i++) client.send('junk', i)
    await settle()
    expect(client.reason).toBe('access/misbehaved')
    expect(client.heard[0]?.[1]).toMatchObject({ code: 'access/misbehaved', retryMs: 300_000 })

    const again = tab('c-1')
    expect(await again.hello('proves c-1')).toMatchObject({ ok: false, code: 'access/misbehaved', retryMs: 300_000 })
    expect(again.passed).toEqual([])
    clock.advance(300_000)
    expect(await tab('c-1').hello('proves c-1')).toMatchObject({ ok: true })
  })

  it('gives the answer that was once too often before it cuts off', async () => {
    const client = tab('c-1')
    await client.hello()
    const answers = Array.from({ length: 21 }, () => client.request('junk', null))
    expect(await Promise.all(answers.slice(0, 20))).toEqual(Array(20).fill(MALFORMED))
    await settle()
    expect(client.reason).toBe('access/misbehaved')
  })

  it('refuses requests while too many are open', async () => {
    const client = tab('c-1')
    await client.hello()
    for (let i = 0; i < 64; i++) void client.request('slow', i)
    expect(await client.request('slow', null)).toMatchObject({ code: 'access/too-many', retryMs: 1000 })
  })

  it('closes a connection that says no hello, and none that did', async () => {
    const silent = tab('c-1')
    const greeted = tab('c-2')
    await greeted.hello()
    clock.advance(CONDUCT_LIMITS.helloMs - 1)
    await settle()
    expect(silent.reason).toBeNull()
    clock.advance(1)
    await settle()
    expect(silent.reason).toBe('protocol/no-session')
    expect(silent.heard).toEqual([[EVENTS.dismissed, expect.objectContaining({ code: 'protocol/no-session' })]])
    expect(greeted.reason).toBeNull()
  })

  it('leaves no timer behind a connection that has gone', () => {
    let timers = 0
    const counting = {
      now: () => 0,
      after: () => {
        timers++
        return () => {
          timers--
        }
      },
    }
    conduct = new Conduct({ clock: counting })
    const client = tab('c-1')
    expect(timers).toBe(1)
    client.close()
    expect(timers).toBe(0)
  })
})
