import * as tf from '@tensorflow/tfjs-core'
import { TributaryError } from '../../../shared/errors/error.ts'
import type { BackendName } from '../../../shared/protocol/participant.ts'
import { registerDraws } from '../draws/kernel.ts'
import { registerGradients } from '../gradients/register.ts'
import { dismissThreads } from '../wasm/products/products.ts'

/** tf.setBackend, with gradients of our own, and checked: it answers false and goes on elsewhere where the backend cannot start. */
export async function activate(name: BackendName): Promise<void> {
  if (name !== 'wasm') dismissThreads()
  registerGradients()
  registerDraws(name)
  const set = await tf.setBackend(name).catch(() => false)
  await tf.ready()
  if (set && tf.getBackend() === name) return
  throw new TributaryError(
    'backend/unavailable',
    `The browser offers ${name}, but it could not be started. Choose another backend.`,
  )
}

/** Has tfjs make this backend anew when it is next activated. `priority`: tfjs' own, among its backends. */
export function startAnew(name: BackendName, priority: number): void {
  const factory = tf.findBackendFactory(name)
  tf.removeBackend(name)
  tf.registerBackend(name, factory, priority)
}
