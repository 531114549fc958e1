/** The proxy by itself, with real sockets: each weather does what it says, and nothing else. */
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { random } from '../../shared/random/random.ts'
import { TcpProxy } from './proxy.ts'

/** Both ends of a connection, with what arrived. */
class End {
  readonly socket: Socket
  readonly chunks: Buffer[] = []
  state: 'open' | 'ended' | 'reset' | 'closed' = 'open'

  constructor(socket: Socket) {
    this.socket = socket
    socket.on('data', (chunk) => this.chunks.push(chunk))
    socket.on('end', () => {
      this.state = 'ended'
    })
    socket.on('error', () => {
      this.state = 'reset'
    })
    socket.on('close', () => {
      if (this.state === 'open') this.state = 'closed'
    })
  }

  get text(): string {
    return Buffer.concat(this.chunks).toString()
  }

  get bytes(): number {
    return this.chunks.reduce((n, chunk) => n + chunk.length, 0)
  }
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

async function until(passes: () => boolean, ms = 5000): Promise<number> {
  const since = performance.now()
  while (!passes()) {
    if (performance.now() - since > ms) throw new Error(`waited ${ms} ms for ${passes}`)
    await pause(2)
  }
  return performance.now() - since
}

describe('the proxy', () => {
  let target: Server
  let proxy: TcpProxy
  let servers: End[]
  const opened: Socket[] = []

  beforeEach(async () => {
    servers = []
    target = createServer((socket) => servers.push(new End(socket)))
    target.listen(0, '127.0.0.1')
    await once(target, 'listening')
    proxy = await TcpProxy.open((target.address() as AddressInfo).port)
  })
  afterEach(async () => {
    for (const socket of opened.splice(0)) socket.destroy()
    await proxy.close()
    for (const { socket } of servers) socket.destroy()
    target.close()
  })

  const dial = (): End => {
    const socket = connect({ port: proxy.port, host: '127.0.0.1' })
    opened.push(socket)
    return new End(socket)
  }
  /** A connection both ends of which know of each other. */
  const pair = async (): Promise<{ client: End; server: End }> => {
    const before = servers.length
    const client = dial()
    await until(() => servers.length > before)
    return { client, server: servers[before]! }
  }

  it('passes bytes both ways, and a proper end behind them', async () => {
    const { client, server } = await pair()
    const sent = Buffer.from(Array.from({ length: 1_000_000 }, (_, i) => i % 251))
    client.socket.write(sent)
    server.socket.write('back')
    await until(() => server.bytes === sent.length && client.text === 'back')
    expect(Buffer.concat(server.chunks).equals(sent)).toBe(true)
    client.socket.end('last')
    await until(() => server.state === 'ended')
    expect(server.text.endsWith('last')).toBe(true)
    await until(() => client.state === 'ended' && proxy.connections === 0)
  })

  it('latency: delays each byte by it, keeps the order whatever the jitter', async () => {
    await proxy.slow({ latencyMs: 120, jitterMs: 80, random: random(1, 'jitter') })
    const { client, server } = await pair()
    const since = performance.now()
    client.socket.write('0,')
    await until(() => server.bytes > 0)
    expect(performance.now() - since).toBeGreaterThanOrEqual(119)
    expect(performance.now() - since).toBeLessThan(350)
    for (let i = 1; i < 60; i++) {
      client.socket.write(`${i},`)
      await pause(3)
    }
    const all = Array.from({ length: 60 }, (_, i) => `${i},`).join('')
    await until(() => server.text.length >= all.length)
    expect(server.text).toBe(all)
  })

  it('throttle: so many bytes a second, of each connection and each direction on its own', async () => {
    await proxy.slow({ bytesPerSecond: 100_000 })
    const [a, b] = [await pair(), await pair()]
    const body = Buffer.alloc(60_000, 7)
    const since = performance.now()
    for (const end of [a.client, a.server, b.client]) end.socket.write(body)
    await until(() => [a.server, a.client, b.server].every((end) => end.bytes === body.length))
    const seconds = (performance.now() - since) / 1000
    expect(60_000 / seconds).toBeGreaterThan(80_000)
    expect(60_000 / seconds).toBeLessThan(120_000)
    // Dribbled, not in one lump at the end.
    expect(a.server.chunks.length).toBeGreaterThan(10)
  })

  it('throttle: holds little itself, so that the sender feels it', async () => {
    await proxy.slow({ bytesPerSecond: 10_000 })
    const { client, server } = await pair()
    // More than the kernel's buffers take.
    const drained = client.socket.write(Buffer.alloc(32_000_000))
    await pause(300)
    expect(drained).toBe(false)
    expect(client.socket.writableLength).toBeGreaterThan(1_000_000)
    expect(server.bytes).toBeLessThan(10_000)
  })

  it('reset: both ends meet RST at once; new connections pass', async () => {
    const { client, server } = await pair()
    expect(proxy.reset()).toBe(1)
    await until(() => client.state === 'reset' && server.state === 'reset', 1000)
    const next = await pair()
    next.client.socket.write('again')
    await until(() => next.server.text === 'again')
  })

  it('silence: swallows everything, closes nothing; after healing only new connections live', async () => {
    const { client, server } = await pair()
    await proxy.silence()
    client.socket.write('lost')
    server.socket.write('lost')
    const hanging = dial()
    await once(hanging.socket, 'connect')
    hanging.socket.write('hello?')
    await pause(100)
    await proxy.heal()
    client.socket.write('still lost')
    await pause(100)
    expect([client, server, hanging].map((end) => [end.state, end.bytes])).toEqual(Array(3).fill(['open', 0]))
    expect(servers).toHaveLength(1)
    const next = await pair()
    next.client.socket.write('heard')
    await until(() => next.server.text === 'heard')
    // That one end gives up is not told to the other either, and leaves nothing behind once both have.
    client.socket.destroy()
    hanging.socket.destroy()
    await until(() => proxy.connections === 2)
    expect(server.state).toBe('open')
    server.socket.destroy()
    await until(() => proxy.connections === 1)
  })

  it('partition: nothing passes and nothing is lost; all flows again after healing, new connections too', async () => {
    const { client, server } = await pair()
    await proxy.partition()
    client.socket.write('held')
    server.socket.write('back')
    const waiting = dial()
    await once(waiting.socket, 'connect')
    waiting.socket.write('new')
    await pause(100)
    expect([client.bytes, server.bytes, servers.length]).toEqual([0, 0, 1])
    await proxy.heal()
    await until(() => server.text === 'held' && client.text === 'back' && servers[1]?.text === 'new')
  })

  it('partition: the end that one side makes is told to the other only afterwards', async () => {
    const [proper, broken] = [await pair(), await pair()]
    await proxy.partition()
    proper.client.socket.end()
    broken.client.socket.resetAndDestroy()
    await pause(100)
    expect([proper.server.state, broken.server.state]).toEqual(['open', 'open'])
    await proxy.heal()
    await until(() => proper.server.state === 'ended' && broken.server.state === 'reset')
  })

  it('refuse: nobody listens, but who is connected stays; healed, it is the same port', async () => {
    const { client, server } = await pair()
    await proxy.refuse()
    const refused = dial()
    await until(() => refused.state === 'reset')
    client.socket.write('still here')
    await until(() => server.text === 'still here')
    const { port } = proxy
    await proxy.heal()
    expect(proxy.port).toBe(port)
    const next = await pair()
    next.client.socket.write('again')
    await until(() => next.server.text === 'again')
  })
})
