/** Bad clients over real sockets, in front of the real gateway; honest ones beside them go on. */
import { createServer } from 'node:http'
import { type AddressInfo, connect as connectTcp } from 'node:net'
import { io, type Socket } from 'socket.io-client'
import { afterEach, describe, expect, it } from 'vitest'
import WebSocket from 'ws'
import { systemClock } from '../../shared/clock/clock.ts'
import type { DashboardSnapshot } from '../../shared/protocol/dashboard.ts'
import { EVENTS } from '../../shared/protocol/events.ts'
import type { Dismissed } from '../../shared/protocol/participant.ts'
import { cookieNames } from '../access/authorize.ts'
import { type AllowedOrigins, NO_ORIGINS, parseOrigins } from '../access/origins.ts'
import { Tally } from '../access/rates.ts'
import { verifyClientToken } from '../access/tokens.ts'
import { silentLog } from '../logging/log.ts'
import { Conduct, type ConductLimits } from './conduct.ts'
import type { SocketLimits } from './doorman.ts'
import { guarded } from './guarded-channel.ts'
import { openSockets, type Sockets } from './socket-io.ts'
import { HELLO, SIGNING_KEY, testGateway } from './testing.ts'

const closers: (() => Promise<unknown> | unknown)[] = []
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close()
})

interface Line {
  readonly fields: { readonly [name: string]: unknown }
  readonly message: string
}

interface Defended {
  readonly url: string
  readonly port: number
  readonly sockets: Sockets
  readonly log: Line[]
  readonly refusals: Tally
  /** Waits for a line of the log with this code. */
  logged(code: string, text: RegExp): Promise<Line>
}

async function defended(
  limits: {
    sockets?: Partial<SocketLimits>
    conduct?: Partial<ConductLimits>
    trustedProxies?: number
    allowedOrigins?: AllowedOrigins
    snapshot?: () => DashboardSnapshot
  } = {},
): Promise<Defended> {
  const http = createServer()
  const log: Line[] = []
  const refusals = new Tally()
  const lines = {
    ...silentLog,
    warn: (fields: object, message: string) => void log.push({ fields: { ...fields }, message }),
  }
  const { gateway } = testGateway()
  const conduct = new Conduct({ clock: systemClock, limits: limits.conduct ?? {}, refusals })
  const identify = (token: string) => verifyClientToken(SIGNING_KEY, token)
  const sockets = openSockets(http, {
    secrets: { adminToken: 'admin', signingKey: SIGNING_KEY },
    attach: (channel) => gateway.attach(guarded(channel, { conduct, log: lines, identify })),
    dashboard: {
      snapshot: limits.snapshot ?? (() => expect.fail('nobody may see the dashboard')),
      subscribe: () => {},
    },
    log: lines,
    refusals,
    limits: limits.sockets ?? {},
    trustedProxies: limits.trustedProxies ?? 0,
    allowedOrigins: limits.allowedOrigins ?? NO_ORIGINS,
  })
  closers.push(() => sockets.close())
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))
  const { port } = http.address() as AddressInfo
  const logged: Defended['logged'] = async (code, text) => {
    for (;;) {
      const line = log.find((l) => l.fields.code === code && text.test(l.message))
      if (line) return line
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
  }
  return { url: `http://127.0.0.1:${port}`, port, sockets, log, refusals, logged }
}

interface Tab {
  readonly socket: Socket
  readonly dismissed: Promise<Dismissed>
  readonly closed: Promise<string>
  ask(event: string, payload: unknown): Promise<{ [field: string]: unknown }>
}

function open({ url }: Defended, options: { namespace?: string; headers?: { [name: string]: string } } = {}): Tab {
  const socket = io(`${url}${options.namespace ?? ''}`, {
    transports: ['websocket'],
    reconnection: false,
    forceNew: true,
    ...(options.headers ? { extraHeaders: options.headers } : {}),
  })
  closers.push(() => socket.disconnect())
  return {
    socket,
    dismissed: new Promise((resolve) => socket.once(EVENTS.dismissed, resolve)),
    closed: new Promise((resolve) => socket.once('disconnect', resolve)),
    ask: (event, payload) => socket.timeout(10_000).emitWithAck(event, payload),
  }
}

async function joined(at: Defended, change: object = {}): Promise<Tab & { token: string }> {
  const tab = open(at)
  const ack = await tab.ask(EVENTS.hello, { ...HELLO, ...change })
  expect(ack).toMatchObject({ ok: true })
  return { ...tab, token: String(ack.resumeToken) }
}

/** That these clients are served as ever. */
async function expectServed(tabs: readonly Tab[]): Promise<void> {
  for (const tab of tabs) {
    expect(await tab.ask(EVENTS.availability, { available: true, leave: false })).toEqual({ ok: true })
    expect(tab.socket.connected).toBe(true)
  }
}

const failure = (socket: Socket) => new Promise<Error>((resolve) => socket.once('connect_error', resolve))

/** The answer to a handshake by long polling, whose body can be read. */
const handshake = (at: Defended, headers: { [name: string]: string } = {}) =>
  fetch(`${at.url}/socket.io/?EIO=4&transport=polling`, { headers })

describe('who may open a socket', () => {
  it('a page of this coordinator; one of another origin is turned away with a reason', async () => {
    const at = await defended()
    const foreign = await handshake(at, { Origin: 'https://elsewhere.test' })
    expect(foreign.status).toBe(403)
    expect(((await foreign.json()) as { message: string }).message).toMatch(/another origin/)
    await failure(open(at, { headers: { Origin: 'https://elsewhere.test' } }).socket)
    await failure(open(at, { headers: { Origin: 'null' } }).socket)
    expect(at.refusals.get('access/denied')).toBe(3)
    const own = await handshake(at, { Origin: at.url })
    expect(own.status).toBe(200)
    expect(own.headers.get('x-content-type-options')).toBe('nosniff')
    expect(own.headers.get('cross-origin-resource-policy')).toBe('same-origin')
  })

  it('a page of an origin that was allowed, for taking part; the dashboard is not for it', async () => {
    const origin = 'https://study.example'
    const at = await defended({
      allowedOrigins: parseOrigins([origin]),
      snapshot: () => ({}) as DashboardSnapshot,
    })
    const polled = await handshake(at, { Origin: origin })
    expect(polled.status).toBe(200)
    expect(polled.headers.get('access-control-allow-origin')).toBe(origin)
    expect(polled.headers.get('cross-origin-resource-policy')).toBe('cross-origin')
    const guest = open(at, { headers: { Origin: origin } })
    expect(await guest.ask(EVENTS.hello, HELLO)).toMatchObject({ ok: true })
    const cookie = `${cookieNames(`127.0.0.1:${at.port}`).admin}=admin`
    const own = open(at, { namespace: '/dashboard', headers: { Origin: at.url, Cookie: cookie } })
    await new Promise<void>((resolve) => own.socket.once('connect', resolve))
    const foreign = open(at, { namespace: '/dashboard', headers: { Origin: origin, Cookie: cookie } })
    expect((await failure(foreign.socket)).message).toMatch(/may not|key|dashboard/i)
    expect((await handshake(at, { Origin: 'https://elsewhere.test' })).status).toBe(403)
  })

  it('no more than one address may have; whoever is one too many is told so, and a place that is left is free', async () => {
    const at = await defended({ sockets: { perAddress: 3, toBeTold: 1 } })
    const three = [await joined(at), await joined(at), await joined(at)]
    const fourth = open(at)
    expect(await fourth.dismissed).toMatchObject({ code: 'access/too-many', retryMs: 10_000 })
    await fourth.closed
    await expectServed(three)
    expect(at.sockets.open).toBe(3)
    three[0]?.socket.disconnect()
    while (at.sockets.open > 2) await new Promise((resolve) => setTimeout(resolve, 5))
    await joined(at)
  })

  it('no more than all may have; far above that, the handshake is refused with a reason', async () => {
    const at = await defended({ sockets: { total: 2, toBeTold: 0 } })
    const two = [await joined(at), await joined(at)]
    const refused = await handshake(at)
    expect(refused.status).toBe(403)
    expect(((await refused.json()) as { message: string }).message).toMatch(/as many connections as it takes/)
    await expectServed(two)
  })

  it('not faster than an address may; a header of the client’s own makes no other address of it', async () => {
    const at = await defended({ sockets: { connects: { perSecond: 0.001, burst: 2 } } })
    const from = (address: string) => handshake(at, { 'X-Forwarded-For': address })
    expect((await from('1.1.1.1')).status).toBe(200)
    expect((await from('2.2.2.2')).status).toBe(200)
    expect((await from('3.3.3.3')).status).toBe(403)
  })

  it('behind a proxy that is trusted, addresses are told apart by its header', async () => {
    const at = await defended({ sockets: { connects: { perSecond: 0.001, burst: 1 } }, trustedProxies: 1 })
    const from = (address: string) => handshake(at, { 'X-Forwarded-For': address })
    expect((await from('1.1.1.1')).status).toBe(200)
    expect((await from('1.1.1.1')).status).toBe(403)
    expect((await from('forged, 1.1.1.1')).status).toBe(403)
    expect((await from('2.2.2.2')).status).toBe(200)
  })
})

describe('namespaces', () => {
  it('that are unknown are refused', async () => {
    const at = await defended()
    expect((await failure(open(at, { namespace: '/nothing' }).socket)).message).toBe('Invalid namespace')
  })

  it('the dashboard’s without the key is refused with a code', async () => {
    const at = await defended()
    const refused = (await failure(open(at, { namespace: '/dashboard' }).socket)) as Error & { data?: unknown }
    expect(refused.data).toMatchObject({ code: 'access/denied' })
    expect(at.refusals.get('access/denied')).toBe(1)
  })
})

describe('a client that misbehaves', () => {
  it('is cut off with a reason when it floods, while five honest ones go on', async () => {
    const at = await defended()
    const honest = await Promise.all([1, 2, 3, 4, 5].map(() => joined(at)))
    const flood = await joined(at)
    for (let i = 0; i < 5000; i++) flood.socket.emit(EVENTS.progress, { i })
    await expectServed(honest)
    const dismissed = await flood.dismissed
    expect(dismissed.code).toBe('access/misbehaved')
    expect(dismissed.message).toMatch(/was cut off/)
    await flood.closed
    await expectServed(honest)

    // It is kept out; a neighbour of the same address is not, nor is a new one.
    const again = open(at)
    const answer = await again.ask(EVENTS.hello, { ...HELLO, resumeToken: flood.token })
    expect(answer).toMatchObject({ ok: false, code: 'access/misbehaved' })
    await joined(at, { resumeToken: honest[0]?.token })
    await joined(at)
  })

  it('is cut off when what it sends makes no sense, and events without a session count too', async () => {
    const at = await defended()
    const [honest, unknown, nobody] = [await joined(at), await joined(at), open(at)]
    for (let i = 0; i < 25; i++) unknown.socket.emit(`nonsense ${i}`, { i })
    expect((await unknown.dismissed).message).toMatch(/makes no sense/)
    for (let i = 0; i < 100; i++) nobody.socket.emit(EVENTS.availability, { i })
    expect((await nobody.dismissed).message).toMatch(/without a session/)
    await expectServed([honest])
  })

  it('says no hello: its connection is closed with a reason', async () => {
    const at = await defended({ conduct: { helloMs: 50 } })
    const honest = await joined(at)
    const silent = open(at)
    expect(await silent.dismissed).toMatchObject({ code: 'protocol/no-session' })
    await silent.closed
    await expectServed([honest])
  })

  it('cannot make new clients without end', async () => {
    const at = await defended({ conduct: { newClients: { perSecond: 0.001, burst: 3 } } })
    const known = await joined(at)
    await joined(at)
    await joined(at)
    const refused = await open(at).ask(EVENTS.hello, HELLO)
    expect(refused).toMatchObject({ ok: false, code: 'access/too-many' })
    expect(refused.retryMs).toBeGreaterThan(1000)
    await joined(at, { resumeToken: known.token })
  })
})

describe('what is no message', () => {
  /** A WebSocket that speaks Engine.IO by hand, and has joined the participants’ namespace. */
  async function raw({ port }: Defended): Promise<{ ws: WebSocket; closed: Promise<number> }> {
    const ws = new WebSocket(`ws://127.0.0.1:${port}/socket.io/?EIO=4&transport=websocket`)
    closers.push(() => ws.terminate())
    ws.on('error', () => {})
    const closed = new Promise<number>((resolve) => ws.once('close', resolve))
    await new Promise<void>((resolve) => {
      ws.on('message', (data) => {
        if (String(data).startsWith('0')) ws.send('40')
        if (String(data).startsWith('40')) resolve()
      })
    })
    return { ws, closed }
  }

  it.each([
    ['an event with 11 attachments', (ws: WebSocket) => ws.send('4511-["update:chunk",{"_placeholder":true,"num":0}]')],
    ['an event with two', (ws: WebSocket) => ws.send('452-["update:chunk",{"_placeholder":true,"num":0}]')],
    ['a packet that cannot be parsed', (ws: WebSocket) => ws.send('42{"broken')],
    ['bytes that belong to nothing', (ws: WebSocket) => ws.send(Buffer.alloc(100))],
    ['a message of 2 MiB', (ws: WebSocket) => ws.send(Buffer.alloc(2 * 1024 * 1024))],
    ['a frame that breaks WebSocket’s own rules', (ws: WebSocket) => ws.ping(Buffer.alloc(100), false)],
  ])('%s ends its own connection and is logged with a code; the others go on', async (_name, send) => {
    const at = await defended()
    const honest = await joined(at)
    const { ws, closed } = await raw(at)
    send(ws)
    await closed
    await at.logged('protocol/malformed', /./)
    await expectServed([honest])
    while (at.sockets.open > 1) await new Promise((resolve) => setTimeout(resolve, 5))
  })

  it('a flood of packets that are no events ends its connection', async () => {
    const at = await defended({ sockets: { packets: { perSecond: 1, burst: 50 } } })
    const { ws, closed } = await raw(at)
    for (let i = 0; i < 100; i++) ws.send('40/nothing,')
    await closed
    await at.logged('access/too-many', /too many packets/)
  })

  it('an event named “error” is an event like any other', async () => {
    const at = await defended()
    const odd = await joined(at)
    odd.socket.emit('error', 'hello')
    await expectServed([odd])
  })

  it('a connection that is cut in the middle of a message hurts nobody', async () => {
    const at = await defended()
    const honest = await joined(at)
    const tcp = connectTcp(at.port, '127.0.0.1')
    tcp.on('error', () => {})
    tcp.write('GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\n')
    await new Promise((resolve) => setTimeout(resolve, 20))
    tcp.resetAndDestroy()
    await expectServed([honest])
  })
})
