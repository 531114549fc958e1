/** Whether a recording does what the unrecorded step does, on real examples and the model's present weights. */
import * as tf from '@tensorflow/tfjs-core'
import { range } from '../../../shared/models/batches.ts'
import type { TrainSettings } from '../../../shared/protocol/participant.ts'
import { OnTensors } from '../optimizers/on-tensors.ts'
import { type Differentiate, keyOf } from '../steps/differentiate.ts'
import { arraysOf, batchOf, type Examples } from '../steps/examples.ts'
import { type Dispatch, type Place, read } from './device.ts'
import type { FusedOptimizer } from './fused-optimizer.ts'
import { bufferOf, flush, RecordingError, type WebGpuBackend } from './internals.ts'
import type { Plan, PlanParts } from './plan.ts'
import { submit, writeInputs } from './replay.ts'

/** Of a tensor's largest magnitude. The same programs on the same values differ only where they add in no fixed order. */
const TOLERANCE = 1e-4

interface Checked extends PlanParts {
  readonly examples: Examples
  readonly size: number
  readonly plan: Plan
  readonly updates: readonly Dispatch[]
  readonly differentiate: Differentiate
  readonly settings: TrainSettings
  readonly optimizer: FusedOptimizer
}

/** Throws RecordingError where they differ. The model's weights stay as they are. */
export async function checkPlan(checked: Checked): Promise<void> {
  const { weights, backend } = checked
  const held = weights.variables.map((variable) => tf.keep(tf.clone(variable)))
  // From the same weights: the unrecorded step moves those that are statistics.
  weights.load()
  const derived = unrecorded(checked)
  try {
    const inputs = arraysOf(checked.examples, range(0, checked.size))
    writeInputs(backend, checked.plan, { ...inputs, key: keyOf(0, 0) })
    submit(backend, checked.plan)
    await compare('sums', derived.sums, checked.plan.sums, backend)
    for (const [i, gradient] of derived.gradients.entries())
      await compare('gradients', gradient, weights.gradientPlace(i), backend)
    for (const [i, variable] of weights.variables.entries())
      await compare('weights', variable, weights.placeOf(i), backend)
    await checkUpdate(checked, derived.gradients)
  } finally {
    weights.variables.forEach((variable, i) => {
      const before = held[i] as tf.Tensor
      if (variable.dataId !== before.dataId) variable.assign(before)
    })
    tf.dispose([held, derived.gradients, derived.sums])
  }
}

function unrecorded({ differentiate, examples, size }: Checked): { gradients: tf.Tensor[]; sums: tf.Tensor } {
  return tf.tidy(() => {
    const { gradients, sums } = differentiate(batchOf(examples, range(0, size)), tf.tensor1d(keyOf(0, 0)))
    return {
      gradients: gradients.filter((gradient) => gradient.size > 0).map((gradient) => tf.keep(gradient)),
      sums: tf.keep(sums),
    }
  })
}

/** The optimizer alone, on gradients that are the same to the bit: where one is 0 but for rounding, adam's step has no sign. */
async function checkUpdate(
  { backend, weights, settings, optimizer, updates }: Checked,
  gradients: readonly tf.Tensor[],
): Promise<void> {
  const { learningRate } = settings.optimizer
  const trained = weights.variables.slice(0, weights.trained)
  const reference = new OnTensors(settings.optimizer, trained)
  try {
    optimizer.begin()
    const buffers = gradients.map((gradient) => bufferOf(backend, gradient))
    flush(backend)
    const encoder = backend.device.createCommandEncoder()
    buffers.forEach((buffer, i) => {
      const to = weights.gradientPlace(i)
      encoder.copyBufferToBuffer(buffer, 0, to.buffer, to.offset, to.size)
    })
    backend.queue.submit([encoder.finish()])
    optimizer.setRate(learningRate)
    submit(backend, { dispatches: updates, copies: [] })
    reference.apply(gradients, learningRate)
    for (const [i, variable] of trained.entries())
      await compare('updated weights', variable, weights.placeOf(i), backend)
  } finally {
    reference.dispose()
  }
}

async function compare(what: string, expected: tf.Tensor, place: Place, backend: WebGpuBackend): Promise<void> {
  const [theirs, ours] = [await tf.clone(expected).data(), await read(backend, place)]
  let most = 0
  let furthest = 0
  for (let i = 0; i < ours.length; i++) {
    const [a, b] = [theirs[i] as number, ours[i] as number]
    most = Math.max(most, Math.abs(a))
    // What is not finite in one must be so in the other.
    if (a === b || (Number.isNaN(a) && Number.isNaN(b))) continue
    furthest = Math.max(furthest, Number.isFinite(a - b) ? Math.abs(a - b) : Number.POSITIVE_INFINITY)
  }
  if (furthest > TOLERANCE * most)
    throw new RecordingError(`A recorded step gave other ${what}: ${furthest} apart, where the largest is ${most}.`)
}
