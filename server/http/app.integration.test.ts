/** The HTTP side over a real socket, with a job and files that the test makes up. */
import { createHash } from 'node:crypto'
import { createServer, type Server } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { ManualClock } from '../../shared/clock/clock.ts'
import { TributaryError } from '../../shared/errors/error.ts'
import { type AllowedOrigins, NO_ORIGINS, parseOrigins } from '../access/origins.ts'
import { Tally } from '../access/rates.ts'
import { signClientId } from '../access/tokens.ts'
import { clientFolder } from '../cli/paths.ts'
import { silentLog } from '../logging/log.ts'
import { createApp } from './app.ts'
import type { RequestLimits } from './limits.ts'
import { SERVER_OPTIONS } from './server-options.ts'
import type { JobDesk, ModelCards, ModelFiles, Vitals } from './services.ts'

const SECRETS = { adminToken: 'the-admin-token', signingKey: 'the-signing-key' }
const BLOB = Uint8Array.from({ length: 1000 }, (_, i) => i % 251)
const DIGEST = createHash('sha256').update(BLOB).digest('hex')
const CORRUPT = 'c'.repeat(64)
const ENDLESS = 'e'.repeat(64)

const closers: (() => Promise<unknown> | unknown)[] = []
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close()
})

async function* pieces(bytes: Uint8Array, size: number): AsyncIterable<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}

async function* endless(): AsyncIterable<Uint8Array> {
  for (;;) {
    yield new Uint8Array(65_536)
    await new Promise((resolve) => setImmediate(resolve))
  }
}

async function* corrupt(): AsyncIterable<Uint8Array> {
  yield BLOB.subarray(0, 100)
  throw new TributaryError('storage/corrupt', 'The blob is not what its digest says.')
}

const FILES = {
  blobSize: async (digest) => ({ [DIGEST]: 1000, [CORRUPT]: 1000, [ENDLESS]: 1e12 })[digest] ?? null,
  blob: (digest) => (digest === DIGEST ? pieces(BLOB, 64) : digest === CORRUPT ? corrupt() : endless()),
  manifest: async () => {
    throw new Error('A fault of the program’s own.')
  },
} satisfies Partial<ModelFiles>

const JOB = { id: 'j-1', state: 'running', rounds: 3, round: 1, bytesUp: 0, bytesDown: 0, sessionsResumed: 4 }
const BOARD = {
  job: {
    ...JOB,
    dropouts: { gone: 1, declined: 0, rejected: 0, cutOff: 0 },
    dropoutPhases: { download: 1, train: 0, upload: 0 },
  },
  rounds: [
    { state: 'abandoned', deadlineAt: 100, endedAt: 100 },
    { state: 'abandoned', deadlineAt: 100, endedAt: 99 },
    { state: 'abandoned', deadlineAt: 100, endedAt: 50 },
    { state: 'committed', deadlineAt: 100, endedAt: 100 },
  ],
  clients: [],
  versions: [],
}

const CARDS: ModelCards = { card: async () => ({ format: 'a card' }), markdown: async () => '# A card\n' }

interface App {
  readonly url: string
  readonly port: number
  readonly server: Server
  readonly clock: ManualClock
  readonly refusals: Tally
  readonly log: { readonly level: string; readonly fields: object; readonly message: string }[]
  get(path: string, headers?: { [name: string]: string }): Promise<Response>
}

async function app(
  limits: Partial<RequestLimits> = {},
  trustedProxies = 0,
  allowedOrigins: AllowedOrigins = NO_ORIGINS,
): Promise<App> {
  const clock = new ManualClock()
  const refusals = new Tally()
  const log: App['log'] = []
  const at = (level: string) => (fields: object, message: string) => void log.push({ level, fields, message })
  const vitals: Vitals = {
    sockets: () => 7,
    sessions: () => ({ connected: 5, away: 2 }),
    uploads: () => ({ bytesInFlight: 1000, uploads: 3, waiting: 2, memoryBytes: 200 }),
    refusals: () => refusals.entries(),
    cutOffs: () => [['protocol/malformed', 3]],
  }
  const desk = {
    jobInfo: () => JOB,
    snapshot: () => BOARD,
    command: async () => {},
    partition: () => expect.fail('nobody asked for data'),
  } as unknown as JobDesk
  const server = createServer(
    SERVER_OPTIONS,
    createApp({
      secrets: SECRETS,
      log: { ...silentLog, debug: at('debug'), warn: at('warn'), error: at('error') },
      desk,
      files: FILES as Partial<ModelFiles> as ModelFiles,
      cards: CARDS,
      clientFolder: clientFolder(),
      joinUrl: () => 'http://join.test/',
      secure: false,
      clock,
      vitals,
      refusals,
      limits,
      trustedProxies,
      allowedOrigins,
    }),
  )
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  closers.push(() => {
    server.closeAllConnections()
    server.close()
  })
  const { port } = server.address() as AddressInfo
  const url = `http://127.0.0.1:${port}`
  const get: App['get'] = (path, headers = {}) => fetch(`${url}${path}`, { headers, redirect: 'manual' })
  return { url, port, server, clock, refusals, log, get }
}

const asClient = (id = 'c-1') => ({ Authorization: `Bearer ${signClientId(SECRETS.signingKey, id)}` })
const errorOf = async (response: Response) => ((await response.json()) as { error: { code: string } }).error

describe('headers', () => {
  it.each([
    ['a page', '/', 200],
    ['a page that is not there', '/nothing', 404],
    ['an answer of the API', '/api/job', 200],
    ['a path of the API that is not there', '/api/nothing', 404],
    ['a refusal', `/api/blobs/${DIGEST}`, 403],
    ['a redirection', '/dashboard?token=the-admin-token', 303],
    ['a path that cannot be decoded', '/api/demo-data/%/images', 400],
  ])('of %s isolate it and allow nothing foreign', async (_name, path, status) => {
    const { get, port } = await app()
    const response = await get(path)
    expect(response.status).toBe(status)
    expectIsolated(response, port)
  })

  it('of an answer to a fault of its own do so too, and the answer names no more than a code and a sentence', async () => {
    const { get, port, log } = await app()
    const response = await get(`/api/models/${DIGEST}`, asClient())
    expect(response.status).toBe(500)
    expectIsolated(response, port)
    expect(await response.json()).toEqual({ error: { code: 'internal', message: 'A fault of the program’s own.' } })
    expect(log).toMatchObject([{ level: 'error', fields: { code: 'internal' } }])
  })

  it('of 429 do so too', async () => {
    const { get, port } = await app({ place: { perSecond: 1, burst: 0.5 } })
    const response = await get('/')
    expect(response.status).toBe(429)
    expectIsolated(response, port)
  })

  it('take nothing from a Host that is no host', async () => {
    const { port } = await app()
    const head = await rawGet(
      port,
      'GET /api/job HTTP/1.1\r\nHost: evil.test script-src *\r\nConnection: close\r\n\r\n',
    )
    expect(head).not.toContain('evil')
  })

  function expectIsolated({ headers }: Response, port: number): void {
    const policy = Object.fromEntries(
      (headers.get('content-security-policy') ?? '').split(';').map((line) => {
        const [name = '', ...sources] = line.trim().split(' ')
        return [name, sources.join(' ')]
      }),
    )
    expect(policy).toEqual({
      'default-src': "'self'",
      'script-src': "'self' 'wasm-unsafe-eval'",
      'script-src-attr': "'none'",
      'worker-src': "'self'",
      'connect-src': `'self' ws://127.0.0.1:${port} wss://127.0.0.1:${port}`,
      'style-src': "'self'",
      'img-src': "'self' data: blob:",
      'object-src': "'none'",
      'base-uri': "'none'",
      'form-action': "'self'",
      'frame-ancestors': "'none'",
    })
    expect(headers.get('cross-origin-opener-policy')).toBe('same-origin')
    expect(headers.get('cross-origin-embedder-policy')).toBe('require-corp')
    expect(headers.get('cross-origin-resource-policy')).toBe('same-origin')
    expect(headers.get('x-content-type-options')).toBe('nosniff')
    expect(headers.get('referrer-policy')).toBe('no-referrer')
    expect(headers.get('x-powered-by')).toBeNull()
    expect(headers.get('access-control-allow-origin')).toBeNull()
  }
})

describe('pages of other origins', () => {
  const STUDY = 'https://study.example'

  it('read what participants read where they were allowed, and ask before with their token', async () => {
    const { url, get } = await app({}, 0, parseOrigins([STUDY]))
    const path = `/api/blobs/${DIGEST}`
    const asked = await fetch(`${url}${path}`, {
      method: 'OPTIONS',
      headers: { Origin: STUDY, 'Access-Control-Request-Headers': 'authorization,range' },
    })
    expect(asked.status).toBe(204)
    expect(asked.headers.get('access-control-allow-origin')).toBe(STUDY)
    expect(asked.headers.get('access-control-allow-headers')).toMatch(/Authorization.*Range/)
    const blob = await get(path, { Origin: STUDY, Range: 'bytes=10-', ...asClient() })
    expect(blob.status).toBe(206)
    expect(blob.headers.get('access-control-allow-origin')).toBe(STUDY)
    expect(blob.headers.get('access-control-expose-headers')).toMatch(/Content-Range/)
    expect(blob.headers.get('cross-origin-resource-policy')).toBe('cross-origin')
    expect(blob.headers.get('vary')).toMatch(/Origin/)
    // A cookie of theirs is never asked for.
    expect(blob.headers.get('access-control-allow-credentials')).toBeNull()
  })

  it('are told why they have to wait, where they ask too much', async () => {
    const { get } = await app({ place: { perSecond: 1, burst: 1 } }, 0, parseOrigins([STUDY]))
    await get('/api/job', { Origin: STUDY })
    const refused = await get('/api/job', { Origin: STUDY })
    expect(refused.status).toBe(429)
    expect(refused.headers.get('access-control-allow-origin')).toBe(STUDY)
    expect(refused.headers.get('access-control-expose-headers')).toMatch(/Retry-After/)
  })

  it.each([
    ['another site', '/api/job', 'https://elsewhere.example', [STUDY]],
    ['nobody was allowed', '/api/job', STUDY, []],
    ['the dashboard’s commands', '/api/admin/command', STUDY, [STUDY]],
    ['the figures', '/metrics', STUDY, [STUDY]],
  ])('are told nothing that a browser would let them read: %s', async (_, path, origin, allowed) => {
    const { get } = await app({}, 0, parseOrigins(allowed))
    const { headers } = await get(path, { Origin: origin })
    expect(headers.get('access-control-allow-origin')).toBeNull()
    expect(headers.get('cross-origin-resource-policy')).toBe('same-origin')
  })
})

describe('rates', () => {
  it('above its rate an address is refused with 429, a code and a time, after which it is served again', async () => {
    const { get, clock, refusals } = await app({ place: { perSecond: 0.5, burst: 3 } })
    for (let i = 0; i < 3; i++) expect((await get('/api/job')).status).toBe(200)
    const refused = await get('/api/job')
    expect(refused.status).toBe(429)
    expect(refused.headers.get('retry-after')).toBe('2')
    expect(await errorOf(refused)).toMatchObject({ code: 'access/too-many' })
    expect(refusals.get('access/too-many')).toBe(1)
    clock.advance(2000)
    expect((await get('/api/job')).status).toBe(200)
  })

  it('a participant who has joined is judged by its own rate, whatever its neighbours do', async () => {
    const { get } = await app({ place: { perSecond: 0.001, burst: 1 }, participant: { perSecond: 0.001, burst: 2 } })
    expect((await get('/api/job')).status).toBe(200)
    expect((await get('/api/job')).status).toBe(429)
    for (let i = 0; i < 2; i++) expect((await get(`/api/blobs/${DIGEST}`, asClient())).status).toBe(200)
    expect((await get(`/api/blobs/${DIGEST}`, asClient())).status).toBe(429)
    expect((await get(`/api/blobs/${DIGEST}`, asClient('c-2'))).status).toBe(200)
  })

  it('a visitor’s token, which is free, buys no requests; the admin is never refused', async () => {
    const { get } = await app({ place: { perSecond: 0.001, burst: 1 } })
    expect((await get('/api/job', asClient('v-1'))).status).toBe(200)
    expect((await get('/api/job', asClient('v-2'))).status).toBe(429)
    expect((await get('/api/job', { Authorization: 'Bearer the-admin-token' })).status).toBe(200)
  })

  it('a forwarded address counts only behind a proxy that is trusted', async () => {
    const limits = { place: { perSecond: 0.001, burst: 1 } }
    const from = (at: App, address: string) => at.get('/api/job', { 'X-Forwarded-For': address })
    const direct = await app(limits)
    expect((await from(direct, '1.1.1.1')).status).toBe(200)
    expect((await from(direct, '2.2.2.2')).status).toBe(429)
    const behind = await app(limits, 1)
    expect((await from(behind, '1.1.1.1')).status).toBe(200)
    expect((await from(behind, '2.2.2.2')).status).toBe(200)
    expect((await from(behind, '2.2.2.2')).status).toBe(429)
  })

  it('the classroom’s default: 300 who load the page, join and ask for the job pass', async () => {
    const { get } = await app()
    const statuses = new Set<number>()
    for (let i = 0; i < 1000; i++) statuses.add((await get('/api/job')).status)
    expect([...statuses]).toEqual([200])
  })
})

describe('wrong keys', () => {
  it('are refused with 429 after ten; the right one passes all the while', async () => {
    const { get, url, clock } = await app()
    for (let i = 0; i < 10; i++) expect((await get(`/dashboard?token=wrong-${i}`)).status).toBe(303)
    const refused = await get('/dashboard?token=wrong')
    expect(refused.status).toBe(429)
    expect(refused.headers.get('set-cookie')).toBeNull()
    const command = await fetch(`${url}/api/admin/job/start`, {
      method: 'POST',
      headers: { Authorization: 'Bearer wrong' },
    })
    expect(command.status).toBe(429)
    const right = await get('/dashboard?token=the-admin-token')
    expect(right.status).toBe(303)
    expect(right.headers.get('set-cookie')).toMatch(/HttpOnly.*SameSite=Strict/)
    clock.advance(6000)
    expect((await get('/dashboard?token=wrong')).status).toBe(303)
  })

  it('at a command are counted, and answered 403 until there are too many', async () => {
    const { url } = await app({ wrongKeys: { perSecond: 0.001, burst: 2 } })
    const post = () => fetch(`${url}/api/admin/job/start`, { method: 'POST' })
    expect([(await post()).status, (await post()).status, (await post()).status]).toEqual([403, 403, 429])
  })
})

describe('bodies', () => {
  it('of commands above 10 kB are refused', async () => {
    const { url } = await app()
    const response = await fetch(`${url}/api/admin/job/more`, {
      method: 'POST',
      headers: { Authorization: 'Bearer the-admin-token', 'Content-Type': 'application/json' },
      body: JSON.stringify({ rounds: 1, padding: 'x'.repeat(20_000) }),
    })
    expect(response.status).toBe(413)
    expect(await errorOf(response)).toMatchObject({ code: 'protocol/malformed' })
  })
})

describe('a blob', () => {
  const bytes = async (response: Response) => new Uint8Array(await response.arrayBuffer())
  const part = async (range: string, more: { [name: string]: string } = {}) =>
    (await app()).get(`/api/blobs/${DIGEST}`, { ...asClient(), Range: range, ...more })

  it('comes whole, named by its digest, and says that parts can be had', async () => {
    const { get } = await app()
    const response = await get(`/api/blobs/${DIGEST}`, asClient())
    expect(response.status).toBe(200)
    expect(response.headers.get('accept-ranges')).toBe('bytes')
    expect(response.headers.get('etag')).toBe(`"${DIGEST}"`)
    expect(response.headers.get('cache-control')).toContain('immutable')
    expect(await bytes(response)).toEqual(BLOB)
  })

  it.each([
    ['bytes=0-', 0, 999],
    ['bytes=1-', 1, 999],
    ['bytes=64-', 64, 999],
    ['bytes=500-', 500, 999],
    ['bytes=999-', 999, 999],
    ['bytes=10-19', 10, 19],
    ['bytes=60-70', 60, 70],
    ['bytes=-5', 995, 999],
    ['bytes=990-5000', 990, 999],
  ])('%s comes as 206, just those bytes', async (range, start, end) => {
    const response = await part(range)
    expect(response.status).toBe(206)
    expect(response.headers.get('content-range')).toBe(`bytes ${start}-${end}/1000`)
    expect(response.headers.get('content-length')).toBe(String(end - start + 1))
    expect(await bytes(response)).toEqual(BLOB.slice(start, end + 1))
  })

  it('past its end there is nothing: 416 with its size', async () => {
    const response = await part('bytes=1000-')
    expect(response.status).toBe(416)
    expect(response.headers.get('content-range')).toBe('bytes */1000')
    expect(response.headers.get('cache-control')).toBe('no-store')
    expect(await errorOf(response)).toMatchObject({ code: 'protocol/malformed' })
  })

  it.each(['bytes=a-b', 'lines=1-', 'bytes=0-1,5-9', ''])('comes whole where the range is “%s”', async (range) => {
    const response = await part(range)
    expect(response.status).toBe(200)
    expect(await bytes(response)).toEqual(BLOB)
  })

  it('comes whole where what the client has a part of is another', async () => {
    expect((await part('bytes=10-', { 'If-Range': `"${DIGEST}"` })).status).toBe(206)
    expect((await part('bytes=10-', { 'If-Range': `"${CORRUPT}"` })).status).toBe(200)
  })

  it('that is unknown is 404, and without the key 403, with a range too', async () => {
    const { get } = await app()
    const range = { Range: 'bytes=10-' }
    expect((await get(`/api/blobs/${'a'.repeat(64)}`, { ...asClient(), ...range })).status).toBe(404)
    expect((await get(`/api/blobs/${DIGEST}`, range)).status).toBe(403)
  })

  it('whose bytes turn out to be corrupt breaks off, so that nobody takes it for whole, and is an error', async () => {
    const { get, log } = await app()
    const response = await get(`/api/blobs/${CORRUPT}`, { ...asClient(), Range: 'bytes=10-' })
    await expect(response.arrayBuffer()).rejects.toThrow()
    await expect.poll(() => log.map((l) => l.level)).toEqual(['error'])
  })

  it('whose client goes in the middle is no error', async () => {
    const { get, log } = await app()
    const response = await get(`/api/blobs/${ENDLESS}`, asClient())
    await response.body?.cancel()
    await expect.poll(() => log.map((l) => l.level)).toEqual(['debug'])
  })
})

describe('metrics', () => {
  it('tell of the job and of the coordinator', async () => {
    const { get, refusals } = await app()
    refusals.add('access/too-many')
    const text = await (await get('/metrics')).text()
    for (const line of [
      'tributary_sockets{state="open"} 7',
      'tributary_sessions{state="connected"} 5',
      'tributary_sessions{state="away"} 2',
      'tributary_uploads{state="open"} 3',
      'tributary_uploads{state="waiting"} 2',
      'tributary_uploads_bytes{state="in-flight"} 1000',
      'tributary_uploads_bytes{state="in-memory"} 200',
      'tributary_refusals_total{code="access/too-many"} 1',
      'tributary_cut_offs_total{code="protocol/malformed"} 3',
      'tributary_rounds_abandoned{job="j-1",when="deadline"} 1',
      'tributary_rounds_abandoned{job="j-1",when="early"} 2',
      'tributary_dropouts{job="j-1",reason="gone"} 1',
      'tributary_dropout_phases{job="j-1",phase="download"} 1',
      'tributary_sessions_resumed{job="j-1"} 4',
    ]) {
      expect(text.split('\n')).toContain(line)
    }
    expect(await (await get('/metrics')).text()).toContain('tributary_refusals_total{code="access/too-many"} 1')
  })
})

describe('a client that says little', () => {
  it('is given up: headers that do not come to an end', async () => {
    const { server, port } = await app()
    expect(server).toMatchObject({ headersTimeout: 15_000, requestTimeout: 60_000 })
    server.headersTimeout = 50
    server.requestTimeout = 50
    const tcp = connect(port, '127.0.0.1')
    closers.push(() => tcp.destroy())
    tcp.write('GET / HTTP/1.1\r\nX: y')
    expect(await readAll(tcp)).toMatch(/^HTTP\/1\.1 408/)
  }, 20_000)
})

function readAll(tcp: Socket): Promise<string> {
  return new Promise((resolve) => {
    let text = ''
    tcp.on('data', (data) => {
      text += String(data)
    })
    tcp.on('error', () => {})
    tcp.on('close', () => resolve(text))
  })
}

function rawGet(port: number, request: string): Promise<string> {
  const tcp = connect(port, '127.0.0.1')
  tcp.write(request)
  return readAll(tcp)
}
