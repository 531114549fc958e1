import * as tf from '@tensorflow/tfjs-core'
import { TributaryError } from '../../../shared/errors/error.ts'
import { activate } from './activate.ts'
import type { Availability, Backend } from './backend.ts'
import { isSoftware } from './software.ts'

export const webgl: Backend = {
  name: 'webgl',

  async look(): Promise<Availability> {
    if (typeof OffscreenCanvas === 'undefined') {
      return { available: false, reason: 'This browser does not offer WebGL in the background.' }
    }
    const gl = new OffscreenCanvas(1, 1).getContext('webgl2')
    if (!gl) return { available: false, reason: 'This browser does not offer WebGL 2.' }
    const debug = gl.getExtension('WEBGL_debug_renderer_info')
    const renderer = String(gl.getParameter(debug ? debug.UNMASKED_RENDERER_WEBGL : gl.RENDERER))
    gl.getExtension('WEBGL_lose_context')?.loseContext()
    const hardware = !isSoftware(renderer)
    return { available: true, adapter: hardware ? renderer : `${renderer}, software`, hardware }
  },

  async activate(): Promise<number> {
    await import('@tensorflow/tfjs-backend-webgl')
    await activate('webgl')
    // Not so on some phones, where an optimizer's small numbers would be 0. (tfjs' floatPrecision() says 16 of nearly all.)
    if (tf.env().getBool('WEBGL_RENDER_FLOAT32_ENABLED')) return 1
    throw new TributaryError(
      'backend/unavailable',
      'WebGL computes with 16 bits on this device, which is too little to train with. Choose another backend.',
    )
  },
}

/** Values that a texture of WebGL holds, one to a pixel. */
export function mostInTexture(): number {
  return tf.env().getNumber('WEBGL_MAX_TEXTURE_SIZE') ** 2
}
