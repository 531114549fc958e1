/** Hostile clients that a round invites: they get tasks of their own, and answer them with what must not count. */
import { deriveSeed } from '../../shared/random/random.ts'
import { sha256, updateBytes } from '../raw/client.ts'
import type { Answer, Line } from './fuzz-line.ts'
import { join, type Life } from './fuzz-lives.ts'
import { INVITED_EXAMPLES } from './fuzz-messages.ts'
import { pick } from './fuzz-values.ts'

/** All of an update's values are this: so small that it is not a normal float32, and as good as any other. */
export const SUBNORMAL = 1e-42

interface Task {
  readonly taskId: string
}

interface Call {
  readonly line: Line
  readonly life: Life
  readonly taskId: string
  /** A whole update of these values. */
  readonly of: (value: (i: number) => number) => Uint8Array
  readonly begin: (bytes: Uint8Array, change?: object) => object
}

type Act = (call: Call) => Promise<void>

const small = () => 1e-3

const ACTS: Readonly<Record<string, Act>> = {
  'weights of NaN': (call) =>
    answer(
      call,
      call.of(() => Number.NaN),
    ),
  'one weight of NaN': (call) =>
    answer(
      call,
      call.of((i) => (i === 7777 ? Number.NaN : 0)),
    ),
  'weights of infinity': (call) =>
    answer(
      call,
      call.of(() => Number.POSITIVE_INFINITY),
    ),
  'last weight −infinity': (call) =>
    answer(
      call,
      call.of((i) => (i === last(call) ? Number.NEGATIVE_INFINITY : 0)),
    ),
  'weights of 3e38': (call) =>
    answer(
      call,
      call.of(() => 3e38),
    ),
  'a weight just out of bounds': (call) =>
    answer(
      call,
      call.of((i) => (i === 0 ? 1024.001 : 0)),
    ),
  'a norm too large': (call) =>
    answer(
      call,
      call.of(() => 1000),
    ),
  'subnormal weights, then replays': async (call) => {
    const bytes = call.of(() => SUBNORMAL)
    await answer(call, bytes)
    for (let i = 0; i < 3; i++) await answer(call, bytes)
  },
  '0 examples': (call) => answer(call, call.of(small), { numExamples: 0 }),
  '−1 examples': (call) => answer(call, call.of(small), { numExamples: -1 }),
  '1.5 examples': (call) => answer(call, call.of(small), { numExamples: 1.5 }),
  '1e18 examples': (call) => answer(call, call.of(small), { numExamples: 1e18 }),
  'one example more than declared': (call) => answer(call, call.of(small), { numExamples: INVITED_EXAMPLES + 1 }),
  'another digest': (call) => answer(call, call.of(small), { sha256: '0'.repeat(64) }),
  'four bytes more': (call) => answer(call, call.of(small), { bytes: call.life.target.updateBytes + 4 }),
  'four bytes fewer': (call) => answer(call, call.of(small), { bytes: call.life.target.updateBytes - 4 }),
  '8 PiB': (call) => answer(call, call.of(small), { bytes: 2 ** 53 - 1 }),
  'another layout': (call) => answer(call, call.of(small), { layout: 'f'.repeat(64) }),
  'no bytes where some are wanted': (call) => answer(call, new Uint8Array(0), { encoding: 'none', bytes: 0 }),
  'metrics beyond measure': (call) =>
    answer(
      call,
      call.of(() => Number.NaN),
      { metrics: { loss: 1e308, accuracy: -1e308, validation_examples: 1e18 } },
    ),
  'begun twice in different ways': async ({ line, begin, of, taskId }) => {
    await line.ask(KIND, 'update:begin', begin(of(small)))
    await line.ask(KIND, 'update:chunk', { taskId, offset: 0, data: of(small).slice(0, 1000) })
    await line.ask(KIND, 'update:begin', begin(of(() => 0.5)))
    await line.ask(KIND, 'update:commit', { taskId })
  },
  'chunks out of order': async ({ line, begin, of, taskId, life }) => {
    const bytes = of(small)
    await line.ask(KIND, 'update:begin', begin(bytes))
    const offsets = [4, 0, 0, bytes.length, 2 ** 53 - 1, life.draws.int(bytes.length)]
    const chunks = offsets.map((offset) => ({ taskId, offset, data: bytes.slice(0, 4096) }))
    await Promise.all(chunks.map((chunk) => line.ask(KIND, 'update:chunk', chunk)))
    await line.ask(KIND, 'update:chunk', { taskId, offset: 4096, data: new Uint8Array(1_100_000) })
    await line.ask(KIND, 'update:chunk', { taskId, offset: 4096, data: new Uint8Array(0) })
  },
  'more bytes than declared': async ({ line, begin, of, taskId }) => {
    const bytes = of(small)
    await line.ask(KIND, 'update:begin', begin(bytes))
    await line.ask(KIND, 'update:chunk', { taskId, offset: 0, data: bytes })
    await line.ask(KIND, 'update:chunk', { taskId, offset: bytes.length, data: bytes })
    await line.ask(KIND, 'update:commit', { taskId })
  },
  'commit before all is there, and twice at once': async ({ line, begin, of, taskId }) => {
    const bytes = of(() => Number.NaN)
    await line.ask(KIND, 'update:commit', { taskId })
    await line.ask(KIND, 'update:begin', begin(bytes))
    await line.ask(KIND, 'update:commit', { taskId })
    await line.ask(KIND, 'update:chunk', { taskId, offset: 0, data: bytes })
    await Promise.all([1, 2, 3].map(() => line.ask(KIND, 'update:commit', { taskId })))
  },
  'hello in the middle of its upload': async ({ line, begin, of, taskId, life }) => {
    await line.ask(KIND, 'update:begin', begin(of(small)))
    await join(life, INVITED_EXAMPLES).then((other) => other.line.ask(KIND, 'availability', LEAVE))
    await line.ask(KIND, 'update:chunk', { taskId, offset: 0, data: of(small).slice(0, 100) })
  },
  'declined, then answered': async (call) => {
    await call.line.ask(KIND, 'decline', { taskId: call.taskId, code: 'x'.repeat(60), reason: '' })
    await answer(call, call.of(small))
  },
  'progress that is none, then gone': async ({ line, taskId }) => {
    for (const fraction of [0, 1, 0.5, 1e-300]) {
      line.tell(KIND, 'progress', { taskId, phase: 'upload', fraction, loss: -1e308, examplesPerSecond: 1e308 })
    }
    await line.ask(KIND, 'update:commit', { taskId })
  },
  'gone in the middle of its upload': async ({ line, begin, of, taskId }) => {
    await line.ask(KIND, 'update:begin', begin(of(small)))
    line.hint(KIND, 'update:chunk', { taskId, offset: 0, data: of(small).slice(0, 20_000) })
    line.vanish()
  },
}

const KIND = 'invited: events of an upload'
const LEAVE = { available: false, leave: true }
const INVITATION_MS = 20_000

export const ACT_NAMES = Object.keys(ACTS)

/** Joins, waits for a task of the next round, answers it as `name` says, and leaves. */
export async function beInvited(life: Life, name: string = pick(life.draws, ACT_NAMES)): Promise<void> {
  const { line, welcome } = await join(life, INVITED_EXAMPLES)
  const task = (await line.event('task', INVITATION_MS)) as Task | null
  if (task && welcome?.clientId) {
    const elements = life.target.updateBytes / 4
    await ACTS[name]?.({
      line,
      life,
      taskId: task.taskId,
      of: (value) => updateBytes(Float32Array.from({ length: elements }, (_, i) => value(i))),
      begin: (bytes, change = {}) => ({ ...announcement(life, task.taskId, bytes), ...change }),
    })
    life.ledger.live(`invited: ${name}`)
  }
  await line.ask(KIND, 'availability', LEAVE)
  line.close()
}

/** The whole of an upload, whatever it is told on the way. */
async function answer({ line, begin, taskId }: Call, bytes: Uint8Array, change: object = {}): Promise<void> {
  const offered: Answer | null = await line.ask(KIND, 'update:begin', begin(bytes, change))
  if (!offered || offered.receipt) return
  if (bytes.length > 0) await line.ask(KIND, 'update:chunk', { taskId, offset: 0, data: bytes })
  await line.ask(KIND, 'update:commit', { taskId })
}

function announcement({ target, draws }: Life, taskId: string, bytes: Uint8Array): object {
  return {
    taskId,
    encoding: 'f32',
    layout: target.layout,
    bytes: bytes.length,
    sha256: sha256(bytes),
    numExamples: INVITED_EXAMPLES,
    metrics: { loss: deriveSeed(draws.int(1000), 'loss') },
    timings: { downloadMs: 0, trainMs: 0 },
    bytesDown: 0,
  }
}

function last({ life }: Call): number {
  return life.target.updateBytes / 4 - 1
}
