/** Lives of hostile clients who are never invited to a round: each joins, does its harm, and is cut off or goes. */
import { OLDEST_PROTOCOL, PROTOCOL_VERSION } from '../../shared/protocol/version.ts'
import type { Random } from '../../shared/random/random.ts'
import { BREAKS } from './fuzz-frames.ts'
import { httpGarbage } from './fuzz-http.ts'
import type { Ledger } from './fuzz-ledger.ts'
import { type Answer, Line } from './fuzz-line.ts'
import { CLIENT_EVENTS, hello, type Target, taskId, validMessage } from './fuzz-messages.ts'
import { mutate } from './fuzz-mutations.ts'
import { pollingGarbage } from './fuzz-polling.ts'
import { hex, hostileValue, pick } from './fuzz-values.ts'
import { pause } from './pause.ts'

/** One hostile client: `address` is its own, or null where it sits beside the honest ones. */
export interface Life {
  readonly target: Target
  readonly ledger: Ledger
  readonly draws: Random
  readonly address: string | null
}

type Kind = (life: Life) => Promise<void>

/** Requests that are under way at a time. */
const WINDOW = 16
/** A connection that has not ended by then is let be. */
const LEFT_MS = 400

/** With how often each is lived. */
export const LIVES: readonly (readonly [name: string, weight: number, live: Kind])[] = [
  ['mutates messages', 120, mutated],
  ['says no hello', 18, withoutHello],
  ['sends random events', 14, randomEvents],
  ['sends what makes no sense now', 60, wrongOrder],
  ['breaks the framing', 40, (life) => brokenFrames(life)],
  ['vanishes', 12, vanishing],
  ['sends bad HTTP', 30, httpGarbage],
  ['polls badly', 10, pollingGarbage],
  ['floods', 1, flooding],
  ['takes its own session over', 8, takingOver],
]

export function open({ target, ledger, address }: Life, present?: readonly unknown[]): Promise<Line> {
  return Line.open({ port: target.port, address, ledger, ...(present ? { present } : {}) })
}

/** Opens a line and joins over it. */
export async function join(life: Life, train?: number): Promise<{ line: Line; welcome: Answer | null }> {
  const line = await open(life)
  return { line, welcome: await line.ask('hello', 'hello', hello(life.draws, train)) }
}

/** Valid messages of every event, each with something wrong, until it is cut off. */
async function mutated(life: Life): Promise<void> {
  const { draws, target } = life
  const { line } = await join(life)
  const asked: Promise<unknown>[] = []
  for (let i = 0; i < 80 && line.isOpen; i++) {
    const event = pick(draws, CLIENT_EVENTS)
    const message = mutate(validMessage(event, draws, target), draws)
    const kind = `mutated ${event}`
    const shape = draws.int(12)
    // Hints that pass have no answer.
    if (event === 'accept' || event === 'progress' || shape === 0) line.tell(kind, event, message)
    else if (shape === 1) line.hint(`${kind}, no acknowledgement`, event, message)
    else if (shape === 2) {
      const more = Array.from({ length: 1 + draws.int(100) }, (_, n) => (n < 2 ? hostileValue(draws) : n))
      asked.push(line.ask(`${kind}, many arguments`, event, message, ...more))
    } else if (shape === 3) line.frame('acknowledgement of nothing', `43${draws.int(1e9)}[{"nonce":"x"}]`)
    else asked.push(line.ask(kind, event, message))
    if (asked.length >= WINDOW) await asked.shift()
  }
  await Promise.all(asked)
  line.close()
}

/** Everything but a hello, or hellos that are none. */
async function withoutHello(life: Life): Promise<void> {
  const { draws, target } = life
  const line = await open(life)
  const asked: Promise<unknown>[] = []
  for (let i = 0; i < 90 && line.isOpen; i++) {
    const event = pick(draws, CLIENT_EVENTS)
    const valid = validMessage(event, draws, target)
    const { kind, change } = event === 'hello' ? badHello(draws, target) : { kind: 'before hello', change: {} }
    asked.push(line.ask(kind, event, { ...valid, ...change }))
    if (asked.length >= WINDOW) await asked.shift()
  }
  await Promise.all(asked)
  line.close()
}

function badHello(draws: Random, target: Target): { kind: string; change: object } {
  if (draws.int(2) === 0) return { kind: 'hello with a forged token', change: { resumeToken: forged(draws, target) } }
  const protocol = pick<unknown>(draws, [
    0,
    OLDEST_PROTOCOL - 1,
    PROTOCOL_VERSION + 1,
    1e9,
    -1,
    2.5,
    `${PROTOCOL_VERSION}`,
  ])
  return { kind: 'hello of another protocol', change: { protocol } }
}

function forged(draws: Random, { token }: Target): string {
  const last = token.at(-1) === 'A' ? 'B' : 'A'
  return pick(draws, [`${token.slice(0, -1)}${last}`, token.slice(1), `.${hex(draws, 43)}`, '.', `__proto__.${token}`])
}

async function randomEvents(life: Life): Promise<void> {
  const { draws, target } = life
  const names: unknown[] = [
    5,
    1.5,
    '__proto__',
    'constructor',
    'toString',
    '',
    ' ',
    'error',
    'message',
    'update',
    'task',
    'x'.repeat(5000),
  ]
  const { line } = await join(life)
  for (let i = 0; i < 30 && line.isOpen; i++) {
    const name = draws.int(2) === 0 ? pick(draws, names) : hex(draws, 1 + draws.int(40))
    const payload = draws.int(2) === 0 ? hostileValue(draws) : validMessage('update:begin', draws, target)
    await line.ask('random event', name, payload)
  }
  line.close()
}

/** Valid messages that make no sense now, of this client's tasks or of others'. Cheap to forgive, so there are many. */
async function wrongOrder(life: Life): Promise<void> {
  const { draws, target } = life
  const { line } = await join(life)
  const asked: Promise<unknown>[] = []
  for (let i = 0; i < 150 && line.isOpen; i++) {
    const event = pick(draws, CLIENT_EVENTS)
    if (event === 'hello' && draws.int(8) > 0) continue
    const kind = event === 'hello' ? 'hello again' : `${event} of a task that is not its own`
    const message = {
      ...validMessage(event, draws, target),
      ...(event === 'hello' ? {} : { taskId: taskId(draws, target) }),
    }
    if (event === 'accept' || event === 'progress') line.tell(kind, event, message)
    else asked.push(line.ask(kind, event, message))
    if (asked.length >= WINDOW) await asked.shift()
  }
  await Promise.all(asked)
  line.close()
}

/** Bytes that are no messages. Nearly all end their connection. `which`: of them; by chance without it. */
export async function brokenFrames(life: Life, which = life.draws.int(BREAKS.length)): Promise<void> {
  const line = life.draws.int(2) === 0 ? await open(life) : (await join(life)).line
  await BREAKS[which]?.(line, life.draws)
  const left = await Promise.race([line.closed.then(() => 'closed'), pause(LEFT_MS).then(() => 'left open')])
  life.ledger.note(`broken frame: connection ${left}`)
  line.vanish()
}

/** Connects and is gone, at any point. */
async function vanishing(life: Life): Promise<void> {
  const { draws, ledger, target } = life
  for (let i = 0; i < 8; i++) {
    ledger.live('connects and vanishes')
    const opening = open(life)
    if (draws.int(3) > 0) {
      const line = await opening
      if (draws.int(2) === 0) void line.ask('hello, then gone', 'hello', hello(draws))
      if (draws.int(2) === 0)
        line.hint('message, then gone', 'update:chunk', validMessage('update:chunk', draws, target))
      line.vanish()
    } else void opening.then((line) => line.vanish())
  }
}

/** More than one client may send, as fast as it can. */
async function flooding(life: Life): Promise<void> {
  const { draws, target } = life
  const { line } = await join(life)
  const event = pick(draws, ['progress', 'accept', 'update:commit'] as const)
  for (let i = 0; i < 1500 && line.isOpen; i++) {
    line.tell('flood', event, validMessage(event, draws, target))
    if (i % 200 === 199) await pause(1)
  }
  await Promise.race([line.closed, pause(2000)])
  line.vanish()
}

/** Two connections with one token: the older one answers the question whether it is there in every wrong way. */
async function takingOver(life: Life): Promise<void> {
  const { draws } = life
  const answers = pick<readonly unknown[]>(draws, [
    [undefined],
    [null, null],
    [{ nonce: 5 }],
    [{ nonce: 'x'.repeat(1e5) }],
  ])
  const first = await open(life, answers)
  const welcome = await first.ask('hello', 'hello', hello(draws))
  const second = await open(life)
  const asked = Array.from({ length: 4 }, () =>
    second.ask('hello with a token in use', 'hello', { ...hello(draws), resumeToken: welcome?.resumeToken ?? 'none' }),
  )
  await Promise.all(asked)
  first.vanish()
  second.close()
}
