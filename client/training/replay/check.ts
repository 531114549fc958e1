/** Whether a recording does what the unrecorded step does, on real examples and the model's present weights. */
import { arraysOf, type Examples, range } from '../../../shared/models/examples.ts'
import { keyOf } from '../steps/differentiate.ts'
import { type Dispatch, guarded, type Place, read, submit } from './device.ts'
import { furthest, largest } from './distance.ts'
import type { FusedOptimizer } from './fused-optimizer.ts'
import { RecordingError } from './internals.ts'
import type { Plan, PlanParts } from './plan.ts'
import { CHECK_KEY, CHECK_RATES, type Reference } from './reference.ts'

/** Of a tensor's largest magnitude. The same programs on the same values differ where they add in no fixed order. */
const TOLERANCE = 1e-4

/**
 * Of the largest gradient of all: a weight without any effect has rounding's gradient, which is never the same twice. An
 * attention's key bias is one: what is added to all of a row is nothing to its softmax.
 */
const NOTHING = 2 ** -24

/** Of a weight, after some updates: it is rounded in each. */
const ROUNDING = 2 ** -21

interface Checked extends PlanParts {
  readonly examples: Examples
  readonly size: number
  readonly reference: Reference
  readonly plan: Plan
  readonly updates: readonly Dispatch[]
  readonly optimizer: FusedOptimizer
}

/** Throws RecordingError where they differ. The model's weights stay as they are. */
export async function checkPlan(checked: Checked): Promise<void> {
  const { weights, backend, blocks, plan, examples, size, reference } = checked
  const { device, queue } = backend
  await guarded(device, () => {
    // Whatever a program should write and does not stays to be seen, and what one step leaves must not matter to the next.
    for (const buffer of [...weights.gradients, ...blocks.buffers]) {
      queue.writeBuffer(buffer, 0, new Float32Array(buffer.size / Float32Array.BYTES_PER_ELEMENT).fill(Number.NaN))
    }
    weights.load()
    const others = Uint32Array.from({ length: size }, (_, i) => examples.count - 1 - i)
    plan.write({ ...arraysOf(examples, others), key: keyOf(0, 1) })
    plan.submit()
    weights.load()
    plan.write({ ...arraysOf(examples, range(0, size)), key: CHECK_KEY })
    plan.submit()
  })
  const compare = async (what: string, expected: Float32Array, place: Place, least = 0) => {
    const distance = furthest(expected, await read(backend, place))
    const bound = Math.max(TOLERANCE * largest(expected), least)
    if (distance > bound)
      throw new RecordingError(`A recorded step gave other ${what}: ${distance} apart, more than ${bound}.`)
  }
  await compare('sums', reference.sums, plan.sums)
  const nothing = NOTHING * Math.max(...reference.gradients.map(largest))
  for (const [i, expected] of reference.gradients.entries())
    await compare('gradients', expected, weights.gradientPlace(i), nothing)
  for (const [i, expected] of reference.weights.entries()) await compare('weights', expected, weights.placeOf(i))
  weights.clear()
  await checkUpdates(checked)
}

/** The optimizer alone, on gradients that are the same to the bit: where one is 0 but for rounding, adam's step has no sign. */
async function checkUpdates({ backend, weights, optimizer, updates, reference }: Checked): Promise<void> {
  await guarded(backend.device, () => {
    weights.load()
    optimizer.begin()
    reference.gradients.forEach((values, i) => {
      const { buffer, offset } = weights.gradientPlace(i)
      backend.queue.writeBuffer(buffer, offset, values as Float32Array<ArrayBuffer>)
    })
    for (const rate of CHECK_RATES) {
      optimizer.setRate(rate)
      submit(backend, [updates])
    }
  })
  for (const [i, expected] of reference.updated.entries()) {
    const ours = await read(backend, weights.placeOf(i))
    const moved = furthest(reference.weights[i] as Float32Array, expected)
    const bound = TOLERANCE * moved + ROUNDING * largest(expected)
    const distance = furthest(expected, ours)
    // Nor is anything said by what is not finite.
    if (!(distance <= bound && Number.isFinite(bound)))
      throw new RecordingError(
        `The optimizer’s program moved a weight otherwise: ${distance} apart, more than ${bound}.`,
      )
  }
}
