/** Which way to compute a filter's gradient is fastest for a shape on this device. */
import * as tf from '@tensorflow/tfjs-core'
import { guarded } from '../replay/device.ts'
import { flush, RecordingError, webGpuBackend } from '../replay/internals.ts'
import { choose, filterGradient, type Shape, WAYS, type Way } from './filter-gradient.ts'
import type { ProgramRunner } from './program.ts'

/** Runs that are timed together, after one in which programs are compiled. */
const RUNS = 3

/**
 * Measures each of these shapes. Not to be asked of a device that is played by a program: it takes long over it, and tiles are
 * fastest there by far.
 */
export async function chooseFilterGradients(shapes: readonly Shape[]): Promise<void> {
  for (const shape of shapes) choose(shape, await fastest(shape))
}

async function fastest(shape: Shape): Promise<Way> {
  let best: { readonly way: Way; readonly ms: number } | null = null
  for (const { way, ms } of await timesOf(shape)) if (!best || ms < best.ms) best = { way, ms }
  return best?.way ?? 'tiled'
}

/** Milliseconds of each way that the device takes. */
export async function timesOf(shape: Shape): Promise<{ readonly way: Way; readonly ms: number }[]> {
  const backend = webGpuBackend()
  const { device, queue } = backend
  const { images, filterShape, strides, pad, dimRoundingMode } = shape
  const { outShape } = tf.backend_util.computeConv2DInfo(images, filterShape, strides, 1, pad, dimRoundingMode)
  const [x, dy] = [tf.ones(images), tf.ones(outShape)]
  const runner = backend as unknown as ProgramRunner
  const times = []
  try {
    for (const way of WAYS) {
      const run = () => {
        runner.disposeData(filterGradient(runner, way, x, dy, shape).dataId)
        flush(backend)
      }
      try {
        await guarded(device, run)
        await queue.onSubmittedWorkDone()
        const since = performance.now()
        for (let i = 0; i < RUNS; i++) run()
        await queue.onSubmittedWorkDone()
        times.push({ way, ms: (performance.now() - since) / RUNS })
      } catch (thrown) {
        if (!(thrown instanceof RecordingError)) throw thrown
        // The device refuses it: another way, then.
      }
    }
    return times
  } finally {
    tf.dispose([x, dy])
  }
}
