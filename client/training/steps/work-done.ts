import * as tf from '@tensorflow/tfjs-core'
import { webglDone } from '../backends/webgl.ts'
import { allDone } from '../replay/device.ts'
import { webGpuBackend } from '../replay/internals.ts'

/** Resolves when the device has done all that it was given; null where what is asked for is computed at once. */
export function workDone(): (() => Promise<unknown>) | null {
  switch (tf.getBackend()) {
    case 'webgpu': {
      const backend = webGpuBackend()
      return () => allDone(backend)
    }
    case 'webgl':
      return webglDone
    default:
      return null
  }
}
