/** HTTP that no browser sends: to the pages, the API, the downloads and Socket.IO's address. */
import { connect } from 'node:net'
import type { Random } from '../../shared/random/random.ts'
import { UNDECODABLE } from './fuzz-known.ts'
import type { Ledger } from './fuzz-ledger.ts'
import type { Life } from './fuzz-lives.ts'
import type { Target } from './fuzz-messages.ts'
import { hex, pick } from './fuzz-values.ts'

/** Kept-alive or half-open ones are not waited for. */
const ANSWER_MS = 2500
const REQUESTS = 20

interface Request {
  readonly kind: string
  /** Method, path, and `HTTP/1.1` where it is not said. */
  readonly line: string
  readonly headers?: readonly string[]
  readonly body?: string
}

const METHODS = [
  'GET',
  'HEAD',
  'POST',
  'PUT',
  'DELETE',
  'PATCH',
  'OPTIONS',
  'TRACE',
  'CONNECT',
  'FOO',
  'PROPFIND',
  'get',
]
const MODEL_FILES = ['', '/weights.bin', '/model.json', '/card.md', '/card.json', '/group1-shard1of1.bin', '/../../x']
const DIGESTS = [
  'x',
  '0'.repeat(63),
  '0'.repeat(64),
  'A'.repeat(64),
  'f'.repeat(10_000),
  '..%2f..%2f..%2f..%2fetc%2fpasswd',
  '../../../../etc/passwd',
  '....//....//etc/passwd',
  '%00',
  '%2e%2e/%2e%2e/store',
  '__proto__',
  '%F0%9F%92%A9',
  UNDECODABLE,
]
const RANGES = [
  'bytes=-',
  'bytes=5-1',
  'bytes=-0',
  'bytes=--5',
  'bytes=99999999999999999999-',
  'bytes=0-99999999999999999999',
  'bytes=a-b',
  'items=0-1',
  'bytes',
  `bytes=${Array.from({ length: 1000 }, (_, i) => `${i}-${i}`).join(',')}`,
  'bytes=0-0,-1',
]

const REQUESTS_OF: readonly ((draws: Random, target: Target) => Request)[] = [
  (draws, { token }) => ({
    kind: 'digest that is none',
    line: `GET /api/blobs/${pick(draws, DIGESTS)}`,
    headers: draws.int(3) === 0 ? [] : [`Authorization: Bearer ${token}`],
  }),
  (draws, { token }) => ({
    kind: 'model that is none',
    line: `GET /api/models/${pick(draws, DIGESTS)}${pick(draws, MODEL_FILES)}`,
    headers: [`Authorization: Bearer ${token}`],
  }),
  (draws, { token, model }) => ({
    kind: 'bad Range',
    line: `GET /api/blobs/${model}`,
    headers: [`Authorization: Bearer ${token}`, `Range: ${pick(draws, RANGES)}`],
  }),
  (draws) => ({
    kind: 'path traversal',
    line: `GET ${pick(draws, ['/assets', '', '/dashboard', '/api'])}${pick(draws, [
      '/..%2f..%2f..%2f..%2fetc%2fpasswd',
      '/../../../../../../etc/passwd',
      '/%2e%2e/%2e%2e/%2e%2e/etc/passwd',
      '/..\\..\\..\\etc\\passwd',
      '/%00/x',
      '/.env',
      '//etc/passwd',
    ])}`,
  }),
  (draws) => ({
    kind: 'wrong method',
    line: `${pick(draws, METHODS)} ${pick(draws, ['/api/job', '/', '/healthz', '/api/blobs/x', '/socket.io/', '/api'])}`,
  }),
  (draws) => ({
    kind: 'command without the key',
    line: `POST /api/admin/job/${pick(draws, ['start', 'stop', 'pause', 'again', '__proto__'])}`,
    headers: [`Authorization: Bearer ${hex(draws, 48)}`, 'Content-Type: application/json', 'Content-Length: 4'],
    body: '{"a"',
  }),
  (draws) => ({
    kind: 'partition that is none',
    line: `GET /api/demo-data/${pick(draws, ['-1', 'NaN', '1e9', '0x1', '__proto__', ' ', '1.5'])}/images`,
  }),
  (draws) => ({
    kind: 'huge headers',
    line: 'GET /api/job',
    headers:
      draws.int(2) === 0 ? [`X-Huge: ${'x'.repeat(40_000)}`] : Array.from({ length: 1500 }, (_, i) => `X-${i}: ${i}`),
  }),
  (draws) => ({
    kind: 'headers that contradict each other',
    line: 'POST /api/job',
    headers: pick(draws, [
      ['Content-Length: 5', 'Content-Length: 6'],
      ['Transfer-Encoding: chunked', 'Content-Length: 5'],
      ['Transfer-Encoding: chunked, identity'],
      ['Content-Length: -1'],
      ['Content-Length: 99999999999999999999'],
      ['Expect: 100-continue', 'Content-Length: 5'],
      ['Bad Header: x'],
    ]),
    body: '5\r\nhello\r\n0\r\n\r\n',
  }),
  (draws) => ({
    kind: 'cookies and keys that are none',
    line: `GET ${pick(draws, ['/api/job', '/metrics', '/dashboard', '/dashboard?token=x', '/dashboard?token[]=x&token=y'])}`,
    headers: [
      `Cookie: ${'a=;'.repeat(draws.int(2000))}tributary_admin_80=%%%; __proto__=1; =;`,
      `Authorization: ${pick(draws, ['Bearer', 'Bearer ', 'Basic Og==', `Bearer ${'x'.repeat(5000)}`, 'Bearer __proto__.x'])}`,
    ],
  }),
  (draws) => ({
    kind: 'Socket.IO query that is none',
    line: `${pick(draws, ['GET', 'POST', 'PUT', 'OPTIONS'])} /socket.io/?${pick(draws, [
      '',
      'EIO=3&transport=polling',
      'EIO=4',
      'EIO=4&transport=carrier-pigeon',
      'EIO=4&transport=__proto__',
      'EIO=4&transport=constructor',
      'EIO=4&transport=polling&sid=unknown',
      'EIO=4&transport=polling&sid=__proto__',
      'EIO=4&transport=polling&j=0;alert(1)',
      `EIO=4&transport=polling&sid=${'x'.repeat(5000)}`,
      'EIO[]=4&transport[]=polling',
      'EIO=4&transport=websocket',
    ])}`,
    headers: ['Content-Length: 3', pick(draws, ['Origin: https://elsewhere.test', 'Origin: null', 'X-Nothing: 1'])],
    body: '4xx',
  }),
  (draws) => ({
    kind: 'upgrade that is none',
    line: `GET ${pick(draws, ['/socket.io/?EIO=4&transport=websocket', '/socket.io/?transport=x', '/', '/api/job'])}`,
    headers: [
      'Upgrade: websocket',
      'Connection: Upgrade',
      `Sec-WebSocket-Version: ${pick(draws, ['13', '0', 'x'])}`,
      `Sec-WebSocket-Key: ${pick(draws, ['x', '', 'AAAAAAAAAAAAAAAAAAAAAA=='])}`,
    ],
  }),
  (draws) => ({
    kind: 'no HTTP',
    line: pick(draws, [
      '\u0016\u0003\u0001\u0002',
      'GET',
      `GET /${'x'.repeat(20_000)}`,
      'GET / HTTP/9.9',
      '\r\n\r\n',
      hex(draws, 500),
    ]),
  }),
]

export async function httpGarbage({ draws, target, ledger, address }: Life): Promise<void> {
  for (let i = 0; i < REQUESTS; i++) {
    const request = pick(draws, REQUESTS_OF)(draws, target)
    ledger.send(`HTTP: ${request.kind}`)
    judge(request, await exchange(target.port, write(request, address)), ledger)
  }
}

function write({ line, headers = [], body = '' }: Request, address: string | null): string {
  const start = / HTTP\//.test(line) || !line.includes(' ') ? line : `${line} HTTP/1.1`
  const upgrade = headers.some((header) => header.startsWith('Connection:'))
  const own = [
    'Host: 127.0.0.1',
    ...(address ? [`X-Forwarded-For: ${address}`] : []),
    ...(upgrade ? [] : ['Connection: close']),
  ]
  return `${[start, ...own, ...headers].join('\r\n')}\r\n\r\n${body}`
}

/** All that comes back until the connection ends or nothing more is waited for. */
function exchange(port: number, request: string): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    let text = ''
    socket.setTimeout(ANSWER_MS, () => socket.destroy())
    socket.on('data', (part) => {
      text += part.toString('latin1')
    })
    socket.on('error', () => {})
    socket.on('close', () => resolve(text))
    socket.write(request, 'latin1')
    // A half-closed peer would be answered as well; whoever sends no whole request is not waited for.
    if (!request.startsWith('GET') && !request.includes('HTTP/')) socket.end()
  })
}

/** A refusal of ours is JSON with a code and a sentence; Node's and Engine.IO's have their own form. Never 5xx. */
function judge({ kind }: Request, response: string, ledger: Ledger): void {
  const status = Number(/^HTTP\/1\.1 (\d{3})/.exec(response)?.[1])
  if (!status) return ledger.note('HTTP: connection closed')
  if (status >= 500) ledger.fault(`HTTP: ${kind}`, response)
  const [, head = '', body = ''] = /^(.*?)\r\n\r\n(.*)$/s.exec(response) ?? []
  if (!/^content-type: application\/json/im.test(head) || status < 400) return ledger.note(`HTTP ${status}`)
  const json = /\{.*\}/s.exec(body)?.[0]
  if (json === undefined) return ledger.note(`HTTP ${status}`)
  const { error, code } = JSON.parse(Buffer.from(json, 'latin1').toString()) as { error?: unknown; code?: unknown }
  if (typeof code === 'number') return ledger.note(`HTTP ${status} Engine.IO ${code}`)
  ledger.refusal(`HTTP: ${kind}`, error, `HTTP ${status} `)
}
