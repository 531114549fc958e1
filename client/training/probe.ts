import { TributaryError } from '../../shared/errors/error.ts'
import { buildBlankModel } from '../../shared/models/build.ts'
import { range } from '../../shared/models/examples.ts'
import { checkDevice, forgetComplaints } from './recovery.ts'
import { Stepper } from './stepper.ts'
import type { TrialSpec } from './types.ts'

/** So long steps are timed, after the first, in which kernels are compiled; but one at least. */
const PROBE_MS = 300
const PROBE_STEPS = 60
/** Steps that are handed over together, as in training, where they take less than this: to read a loss takes time of its own. */
const BURST_MS = 60
const MOST_AT_ONCE = 8

/**
 * Trains a throw-away model of the job's for a moment on the present backend. Returns examples a second. Throws
 * 'backend/cannot-train', 'training/failed' where the GPU refuses something, or what tfjs throws.
 */
export async function probe({ topology, settings, examples }: TrialSpec): Promise<number> {
  forgetComplaints()
  const model = await buildBlankModel(topology)
  const stepper = new Stepper(model, settings)
  try {
    const size = Math.min(settings.batchSize, examples.count)
    await stepper.begin(examples.for(model, size), size, settings.seed)
    /** Milliseconds of one, of so many. */
    const steps = async (count: number) => {
      const since = performance.now()
      for (let i = 0; i < count; i++) {
        await stepper.room()
        stepper.step(range(0, size), settings.optimizer.learningRate, 0)
      }
      const { loss } = await stepper.take()
      if (!Number.isFinite(loss))
        throw new TributaryError('backend/cannot-train', 'A first step gave a loss that is not a number.')
      return (performance.now() - since) / count
    }
    await steps(1)
    const times = [await steps(1)]
    const until = performance.now() + PROBE_MS
    for (let done = 1, count = 1; performance.now() < until && done < PROBE_STEPS; done += count) {
      if (count < MOST_AT_ONCE && Math.min(...times) * count * 2 < BURST_MS) count *= 2
      times.push(await steps(count))
    }
    checkDevice()
    return (size * 1000) / Math.min(...times)
  } finally {
    stepper.dispose()
    model.dispose()
  }
}
