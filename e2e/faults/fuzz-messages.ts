/** Messages as an honest client would send them: what mutations begin with. */
import type { Random } from '../../shared/random/random.ts'
import { HELLO } from '../raw/client.ts'
import type { Payload } from './fuzz-mutations.ts'
import { hex, pick } from './fuzz-values.ts'

/** What a hostile client knows of the job, and of the others in it. It knows more than a real one could. */
export interface Target {
  readonly port: number
  readonly job: string
  readonly layout: string
  readonly updateBytes: number
  /** A blob that is there. */
  readonly model: string
  /** A token of a client that joined honestly and only looks. */
  readonly token: string
  /** Of the honest clients: open ones, counted ones, settled ones. */
  readonly othersTasks: () => readonly string[]
}

/**
 * Examples that hostile clients declare. The job takes {@link ELIGIBLE}, and no value of fuzz-values.ts is among these:
 * only who is meant to be is ever invited to a round.
 */
export const UNINVITED_EXAMPLES = 10
export const INVITED_EXAMPLES = 20
export const ELIGIBLE = { minExamples: 20, maxExamples: 24 }

export function hello(draws: Random, train = UNINVITED_EXAMPLES): Payload {
  const dataset = { ...HELLO.dataset, train }
  return { ...HELLO, nonce: hex(draws, 24), capabilities: { ...HELLO.capabilities, reason: 'fuzz' }, dataset }
}

/** Mostly tasks that are not this client's: others', made up, of the past, of no form at all. */
export function taskId(draws: Random, { job, othersTasks }: Target): string {
  const others = othersTasks()
  const kind = draws.int(4)
  if (kind > 1 && others.length > 0) return pick(draws, others)
  return kind === 0 ? hex(draws, 1 + draws.int(99)) : `${job}/${draws.int(50)}/c-${hex(draws, 12)}`
}

export const CLIENT_EVENTS = [
  'hello',
  'availability',
  'accept',
  'decline',
  'progress',
  'update:begin',
  'update:chunk',
  'update:commit',
] as const
export type ClientEvent = (typeof CLIENT_EVENTS)[number]

export function validMessage(event: ClientEvent, draws: Random, target: Target): Payload {
  switch (event) {
    case 'hello':
      return hello(draws)
    case 'availability':
      return { available: draws.int(2) === 0, leave: draws.int(20) === 0 }
    case 'accept':
    case 'update:commit':
      return { taskId: taskId(draws, target) }
    case 'decline':
      return { taskId: taskId(draws, target), code: 'training/failed', reason: 'A reason.' }
    case 'progress':
      return { taskId: taskId(draws, target), phase: 'train', fraction: 0.5, loss: 1, examplesPerSecond: 100 }
    case 'update:begin':
      return begin(draws, target)
    case 'update:chunk':
      return { taskId: taskId(draws, target), offset: 0, data: new Uint8Array(1 + draws.int(4096)) }
    default:
      return event satisfies never
  }
}

function begin(draws: Random, target: Target): Payload {
  return {
    taskId: taskId(draws, target),
    encoding: 'f32',
    layout: target.layout,
    bytes: target.updateBytes,
    sha256: hex(draws, 64),
    numExamples: UNINVITED_EXAMPLES,
    metrics: { loss: 1, accuracy: 0.5 },
    timings: { downloadMs: 1, trainMs: 1 },
    bytesDown: 1,
  }
}
