import * as tf from '@tensorflow/tfjs-core'
import { TributaryError } from '../../../shared/errors/error.ts'
import { activate, startAnew } from './activate.ts'
import type { Availability, Backend } from './backend.ts'
import { isSoftware } from './software.ts'

/** tfjs' own, among its backends. */
const PRIORITY = 2

interface Fence {
  isFencePassed(): boolean
}

interface Gpgpu {
  readonly gl: WebGL2RenderingContext
  createFence(gl: WebGL2RenderingContext): Fence
}

/** What tfjs computes with, once it does. */
let current: Gpgpu | null = null

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
    // A backend keeps its context for life; another one asks for another.
    if (current?.gl.isContextLost()) startAnew('webgl', PRIORITY)
    await activate('webgl')
    const { gpgpu } = tf.backend() as unknown as { readonly gpgpu: Gpgpu }
    if (gpgpu !== current) {
      passFencesWhenLost(gpgpu)
      current = gpgpu
    }
    // Not so on some phones, where an optimizer's small numbers would be 0. (tfjs' floatPrecision() says 16 of nearly all.)
    if (tf.env().getBool('WEBGL_RENDER_FLOAT32_ENABLED')) return 1
    throw new TributaryError(
      'backend/unavailable',
      'WebGL computes with 16 bits on this device, which is too little to train with. Choose another backend.',
    )
  },
}

/** Whether the context that is trained on is gone, as it is after driver trouble and sleep: what is read from it is nothing. */
export function webglIsLost(): boolean {
  return tf.getBackend() === 'webgl' && current?.gl.isContextLost() === true
}

/** What WebGL complained of since the last call, as an out of memory: it throws none of it. Null where nothing, or elsewhere. */
export function takeContextError(): string | null {
  if (tf.getBackend() !== 'webgl' || !current) return null
  const { gl } = current
  const code = gl.getError()
  if (code === gl.NO_ERROR) return null
  return code === gl.OUT_OF_MEMORY ? 'it is out of memory.' : `WebGL’s error ${code}.`
}

/** tfjs waits for what a context has been given to be done, and of a lost one that is never said. */
function passFencesWhenLost(gpgpu: Gpgpu): void {
  const { gl } = gpgpu
  const own = gpgpu.createFence.bind(gpgpu)
  gpgpu.createFence = (of) => {
    if (gl.isContextLost()) return { isFencePassed: () => true }
    const fence = own(of)
    return { ...fence, isFencePassed: () => gl.isContextLost() || fence.isFencePassed() }
  }
}

/** Values that a texture of WebGL holds, one to a pixel. */
export function mostInTexture(): number {
  return tf.env().getNumber('WEBGL_MAX_TEXTURE_SIZE') ** 2
}
