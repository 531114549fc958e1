/**
 * A TCP proxy of our own between clients and a coordinator, whose weather a test changes at any time. It knows nothing of
 * what it carries, so WebSockets, polling and downloads all suffer alike, in any runtime and any browser.
 */
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import type { Random } from '../../shared/random/random.ts'
import { Pipe } from './pipe.ts'
import { FAIR, type Weather } from './weather.ts'

interface Link {
  readonly client: Socket
  /** Null while the connection waits for a partition to end, or is swallowed. */
  server: Socket | null
  pipes: Pipe[]
  /** Swallowed by a silence: no end hears anything of the other any more, not even that it has gone. */
  dead: boolean
  /** Broken off by one end during a partition; the other learns of it afterwards. */
  broken: boolean
}

export interface SlowLine {
  readonly latencyMs?: number
  /** On top of the latency, from 0 up to this, evenly. Needs `random`. */
  readonly jitterMs?: number
  readonly random?: Random
  /** Of each connection and each direction on its own, as if every client had a line of its own. */
  readonly bytesPerSecond?: number
}

export class TcpProxy {
  readonly port: number
  private readonly target: number
  private readonly links = new Set<Link>()
  private listener: Server
  private weather: Weather = FAIR
  /** Connections that were ever accepted. */
  accepted = 0

  private constructor(target: number, listener: Server) {
    this.target = target
    this.listener = listener
    this.port = (listener.address() as AddressInfo).port
    listener.on('connection', (client) => this.accept(client))
  }

  /** A proxy on a free port of this machine, before the one that is given. */
  static async open(target: number): Promise<TcpProxy> {
    return new TcpProxy(target, await listen(0))
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`
  }

  /** Connections that are open towards clients. */
  get connections(): number {
    return this.links.size
  }

  /** Late, or little at a time. Bytes keep their order. */
  slow({ latencyMs = 0, jitterMs = 0, random, bytesPerSecond }: SlowLine): Promise<void> {
    if (jitterMs > 0 && !random) throw new RangeError('jitter needs a Random')
    const jitter = () => (random?.next() ?? 0) * jitterMs
    return this.turn({ kind: 'slow', latencyMs, jitter, bytesPerSecond: bytesPerSecond ?? null })
  }

  /** Nothing passes; nothing is lost. */
  partition(): Promise<void> {
    return this.turn({ kind: 'partition' })
  }

  /** Half open: swallows everything, closes nothing. */
  silence(): Promise<void> {
    return this.turn({ kind: 'silence' })
  }

  /** Refuses new connections: nobody listens at the port. */
  refuse(): Promise<void> {
    return this.turn({ kind: 'refuse' })
  }

  /** Fair weather. Connections that lived through a silence stay dead. */
  heal(): Promise<void> {
    return this.turn(FAIR)
  }

  /** Ends all connections there are at once, by RST, at both ends. The weather stays. @returns how many there were */
  reset(): number {
    const { size } = this.links
    for (const link of this.links) this.cut(link)
    return size
  }

  async close(): Promise<void> {
    this.reset()
    if (!this.listener.listening) return
    this.listener.close()
    await once(this.listener, 'close')
  }

  private async turn(weather: Weather): Promise<void> {
    this.weather = weather
    if (weather.kind === 'silence') for (const link of this.links) this.swallow(link)
    if (weather.kind === 'refuse') this.listener.close()
    else if (!this.listener.listening) {
      this.listener = await listen(this.port)
      this.listener.on('connection', (client) => this.accept(client))
    }
    if (weather.kind === 'partition') return
    for (const link of this.links) {
      if (link.broken) this.cut(link)
      else if (!link.server && !link.dead) this.connect(link)
      for (const pipe of link.pipes) pipe.move()
    }
  }

  private accept(client: Socket): void {
    this.accepted++
    const link: Link = { client, server: null, pipes: [], dead: false, broken: false }
    this.links.add(link)
    this.watch(link, client)
    if (this.weather.kind === 'silence') this.swallow(link)
    else if (this.weather.kind !== 'partition') this.connect(link)
  }

  private connect(link: Link): void {
    const { client } = link
    const server = connect({ port: this.target, host: '127.0.0.1', allowHalfOpen: true })
    link.server = server
    this.watch(link, server)
    const weather = () => this.weather
    link.pipes = [new Pipe(client, server, weather), new Pipe(server, client, weather)]
  }

  /** What becomes of the connection when one end goes. Proper ends travel through the pipes, behind the bytes. */
  private watch(link: Link, socket: Socket): void {
    socket.setNoDelay(true)
    socket.on('error', () => {
      if (this.weather.kind === 'partition') link.broken = true
      else if (!link.dead) this.cut(link)
    })
    socket.on('end', () => {
      if (link.dead) socket.destroy()
    })
    socket.on('close', () => {
      if (link.client.destroyed && (link.server?.destroyed ?? true) && !link.broken) this.links.delete(link)
    })
  }

  private swallow(link: Link): void {
    link.dead = true
    for (const pipe of link.pipes) pipe.kill()
    link.client.resume()
  }

  private cut(link: Link): void {
    if (!this.links.delete(link)) return
    for (const pipe of link.pipes) pipe.close()
    link.client.resetAndDestroy()
    link.server?.resetAndDestroy()
  }
}

async function listen(port: number): Promise<Server> {
  // An end of one direction is passed on as it comes, not answered at once with one of our own.
  const server = createServer({ allowHalfOpen: true })
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  return server
}
