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
  createAndWaitForFence(): Promise<void>
  readonly gl: WebGL2RenderingContext
  createFence(gl: WebGL2RenderingContext): Fence
}

/** Contexts that were lost: a browser may give one back, but nothing of what was in it. */
const lostOnes = new WeakSet<WebGL2RenderingContext>()
const isLost = (gl: WebGL2RenderingContext): boolean => gl.isContextLost() || lostOnes.has(gl)

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
    if (current && isLost(current.gl)) startAnew('webgl', PRIORITY)
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
  return tf.getBackend() === 'webgl' && current !== null && isLost(current.gl)
}

/** Resolves when the context that is trained on has done all that it was given, or is lost. */
export async function webglDone(): Promise<void> {
  await current?.createAndWaitForFence()
}

/** What WebGL complained of since the last call, as an out of memory: it throws none of it. Null where nothing, or elsewhere. */
export function takeContextError(): string | null {
  if (tf.getBackend() !== 'webgl' || !current) return null
  const { gl } = current
  const codes = new Set<number>()
  // It keeps one of each kind.
  for (let code = gl.getError(); code !== gl.NO_ERROR && !codes.has(code); code = gl.getError()) codes.add(code)
  if (codes.size === 0) return null
  return codes.has(gl.OUT_OF_MEMORY) ? 'it is out of memory.' : `WebGL’s error ${[...codes].join(', ')}.`
}

/** tfjs waits for what a context has been given to be done, and of a lost one that is never said. */
function passFencesWhenLost(gpgpu: Gpgpu): void {
  const { gl } = gpgpu
  gl.canvas.addEventListener('webglcontextlost', () => lostOnes.add(gl))
  const own = gpgpu.createFence.bind(gpgpu)
  gpgpu.createFence = (of) => {
    if (isLost(gl)) return { isFencePassed: () => true }
    const fence = own(of)
    return { ...fence, isFencePassed: () => isLost(gl) || fence.isFencePassed() }
  }
}

/** Values that a texture of WebGL holds, one to a pixel. */
export function mostInTexture(): number {
  return tf.env().getNumber('WEBGL_MAX_TEXTURE_SIZE') ** 2
}
