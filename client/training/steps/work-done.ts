import * as tf from '@tensorflow/tfjs-core'
import { webglDone } from '../backends/webgl.ts'
import { flush, webGpuBackend } from '../replay/internals.ts'

/** Resolves when the device has done all that it was given; null where what is asked for is computed at once. */
export function workDone(): (() => Promise<unknown>) | null {
  switch (tf.getBackend()) {
    case 'webgpu': {
      const backend = webGpuBackend()
      return () => {
        flush(backend)
        return backend.queue.onSubmittedWorkDone()
      }
    }
    case 'webgl':
      return webglDone
    default:
      return null
  }
}
