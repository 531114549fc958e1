/** Updates of four numbers, right ones and wrong ones. Their elements are whole multiples of 2⁻⁸, so sums are exact. */
import { createHash } from 'node:crypto'
import { layoutDigest } from '../../../server/jobs/versions.ts'
import type { Task, UpdateBegin } from '../../../shared/protocol/participant.ts'
import { random } from '../../../shared/random/random.ts'
import { ELEMENTS, LAYOUT } from './house.ts'

export const UNIT = 2 ** -8

/** What is wrong with an update that is to be offered. */
export const WRONGS = ['digest', 'size', 'nan', 'bound', 'examples', 'none', 'layout', 'encoding'] as const
export type Wrong = (typeof WRONGS)[number]

export interface Update {
  readonly task: Task
  readonly begin: UpdateBegin
  readonly bytes: Uint8Array
  /** In units of {@link UNIT}. */
  readonly units: readonly bigint[]
  readonly wrong: Wrong | null
}

const EMPTY = new Uint8Array(0)

/** `variant`: another training of the same task. Updates that differ in anything differ in their bytes. */
export function updateFor(task: Task, declared: number, wrong: Wrong | null, variant: number): Update {
  const draws = random(variant, 'update', task.taskId, declared, wrong ?? 'right')
  const units = Array.from({ length: ELEMENTS }, () => draws.int(1024) - 512)
  const examples = wrong === 'examples' ? declared + 1 : wrong === 'none' ? 0 : 1 + draws.int(declared)
  const floats = new Float32Array(units.map((u) => u * UNIT))
  if (wrong === 'nan') floats[1] = Number.NaN
  if (wrong === 'bound') floats[2] = 5000
  const evaluates = (task.kind === 'evaluate') !== (wrong === 'encoding')
  const bytes = evaluates ? EMPTY : new Uint8Array(floats.buffer)
  const begin: UpdateBegin = {
    taskId: task.taskId,
    encoding: evaluates ? 'none' : 'f32',
    layout: wrong === 'layout' ? 'f'.repeat(64) : layoutDigest(LAYOUT),
    bytes: bytes.length + (wrong === 'size' ? 4 : 0),
    sha256: createHash('sha256')
      .update(bytes)
      .update(wrong === 'digest' ? 'x' : '')
      .digest('hex'),
    numExamples: examples,
    metrics: { validation_loss: 1, validation_examples: 1 },
    timings: { downloadMs: 1, trainMs: 2 },
    bytesDown: 16,
  }
  // What carries no numbers cannot carry wrong ones.
  const harmless = bytes.length === 0 && (wrong === 'nan' || wrong === 'bound')
  return { task, begin, bytes, units: units.map(BigInt), wrong: harmless ? null : wrong }
}
