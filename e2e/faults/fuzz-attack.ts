/** Hostile lives side by side until so many messages have been sent. All are functions of the seed, but for their timing. */
import { random } from '../../shared/random/random.ts'
import { layoutDigest, RawClient } from '../raw/client.ts'
import type { FuzzCoordinator } from './fuzz-coordinator.ts'
import { BREAKS } from './fuzz-frames.ts'
import { ACT_NAMES, beInvited } from './fuzz-invited.ts'
import { Ledger } from './fuzz-ledger.ts'
import { brokenFrames, LIVES, type Life, open } from './fuzz-lives.ts'
import { hello, type Target, UNINVITED_EXAMPLES } from './fuzz-messages.ts'
import { pick } from './fuzz-values.ts'

export interface AttackOptions {
  readonly seed: number
  readonly messages: number
  /** Lives at a time. */
  readonly width: number
  /** Clients that connect and say nothing. */
  readonly silent: number
  /** One life in so many begins at the honest clients' own address. */
  readonly neighbours: number
}

/** Joins as anybody may, and learns what an attacker can know. */
export async function scout(coordinator: FuzzCoordinator, honest: ReadonlySet<string>): Promise<Target> {
  const client = new RawClient(coordinator.url)
  const welcome = await client.hello({ ...hello(random(0, 'fuzz-scout'), UNINVITED_EXAMPLES), available: false })
  const { id = '', model = '' } = welcome.job ?? {}
  const manifest = await client.manifest(model)
  const { updateBytes } = coordinator.board.now.job
  client.close()
  return {
    port: coordinator.port,
    job: id,
    layout: layoutDigest(manifest),
    updateBytes,
    model,
    token: client.token,
    othersTasks: () =>
      [...coordinator.board.rows.values()]
        .slice(-3)
        .flatMap(({ attempt, bars }) => bars.map(({ clientId }) => `${id}/${attempt}/${clientId}`))
        .filter((task) => honest.has(task.slice(task.lastIndexOf('/') + 1))),
  }
}

/** Resolves when all is over. `stop`: asked before each life; true ends the attack early. */
export async function attack(target: Target, options: AttackOptions, stop: () => boolean): Promise<Ledger> {
  const ledger = new Ledger()
  const { seed, messages, width, neighbours } = options
  let lives = 0
  const isOver = () => ledger.total >= messages || stop()
  const next = (): Life => {
    const n = ++lives
    const draws = random(seed, 'fuzz-life', n)
    return {
      target,
      ledger,
      draws,
      address: n % neighbours === 0 ? null : `10.${(n >> 16) & 255}.${(n >> 8) & 255}.${n & 255}`,
    }
  }
  // Each kind once, and each broken frame; then by chance.
  const frames = BREAKS.map((_, which) => ['breaks the framing', 1, (life: Life) => brokenFrames(life, which)] as const)
  const firsts = [...LIVES, ...frames]
  const uninvited = async () => {
    while (firsts.length > 0 || !isOver()) {
      if (stop()) return
      const life = next()
      const [name, , live] = firsts.shift() ?? pick(life.draws, WEIGHTED)
      ledger.live(name)
      await live(life)
    }
  }
  const invited = async () => {
    // Each way once, then by chance.
    for (let n = 0; n < ACT_NAMES.length || !isOver(); n++) {
      if (stop()) return
      const life = next()
      await beInvited({ ...life, address: life.address ?? '10.255.0.1' }, ACT_NAMES[n])
    }
  }
  const silent = Array.from({ length: options.silent }, () => saysNothing(next()))
  await Promise.all([invited(), ...silent, ...Array.from({ length: width }, uninvited)])
  return ledger
}

/** Each kind of life as often as its weight says. */
const WEIGHTED = LIVES.flatMap((kind) => Array.from({ length: kind[1] }, () => kind))

/** Connects and says no hello: the coordinator ends it after 15 s. */
async function saysNothing(life: Life): Promise<void> {
  const line = await open(life)
  life.ledger.live('no hello at all')
  if ((await line.event('dismissed', 25_000)) === null) life.ledger.fault('no hello at all', 'was not dismissed')
  line.close()
}
