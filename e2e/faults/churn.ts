/** A crowd that is never the same: in each round some leave, at random instants and in two ways, and as many come. */
import { random } from '../../shared/random/random.ts'
import { pause } from './pause.ts'
import { SimulatedClient, type SwarmOptions } from './swarm.ts'

export interface ChurnOptions extends SwarmOptions {
  readonly seed: number
  readonly size: number
  /** Of those present, the part that leaves in a round. */
  readonly leaving: number
  /** The instants of leaving are spread over this time. */
  readonly withinMs: number
}

export class Churn {
  /** Indices of all clients that there ever were, by id. */
  readonly indices = new Map<string, number>()
  readonly totals = { joined: 0, left: 0, vanished: 0 }
  /** Problems that ended a session, which none should. */
  readonly problems: string[] = []
  private readonly options: ChurnOptions
  private readonly present = new Set<SimulatedClient>()
  private readonly busy = new Set<Promise<void>>()
  private nextIndex = 0

  constructor(options: ChurnOptions) {
    this.options = options
  }

  /** Fills the crowd for the first time. */
  async fill(): Promise<void> {
    await Promise.all(Array.from({ length: this.options.size }, () => this.enter()))
  }

  /** Begins the comings and goings of one round; they go on by themselves. */
  turn(round: number): void {
    const { seed, size, leaving, withinMs } = this.options
    const chance = random(seed, 'churn', round)
    const among = [...this.present]
    for (let i = 0; i < Math.round(size * leaving) && among.length > 0; i++) {
      const [client] = among.splice(chance.int(among.length), 1)
      const abrupt = chance.next() < 0.5
      const after = chance.uniform(0, withinMs)
      if (!client) continue
      // Nobody leaves twice, though it may take a while.
      this.present.delete(client)
      this.background(this.replace(client, abrupt, after))
    }
  }

  /** Resolves when whoever was to leave has left and whoever was to come is here. */
  async settled(): Promise<void> {
    while (this.busy.size > 0) await Promise.all(this.busy)
  }

  /** Everybody leaves, half of them without a word. */
  async empty(): Promise<void> {
    await this.settled()
    const rest = [...this.present]
    this.present.clear()
    await Promise.all(rest.map((client) => this.go(client, client.index % 2 === 0)))
  }

  private async replace(client: SimulatedClient, abrupt: boolean, afterMs: number): Promise<void> {
    await pause(afterMs)
    await this.go(client, abrupt)
    await this.enter()
  }

  private async go(client: SimulatedClient, abrupt: boolean): Promise<void> {
    await (abrupt ? client.vanish() : client.leave())
    if (abrupt) this.totals.vanished++
    else this.totals.left++
    this.problems.push(...client.problems)
  }

  private async enter(): Promise<void> {
    const client = new SimulatedClient(this.nextIndex++, this.options)
    const welcome = await client.next('welcome', (event) => event.type === 'welcome', 30_000)
    if (welcome.type === 'welcome') this.indices.set(welcome.clientId, client.index)
    this.present.add(client)
    this.totals.joined++
  }

  private background(work: Promise<void>): void {
    const noted = work
      .catch((thrown) => void this.problems.push(String(thrown)))
      .finally(() => void this.busy.delete(noted))
    this.busy.add(noted)
  }
}
