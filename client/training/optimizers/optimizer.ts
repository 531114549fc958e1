/** A task's local optimizer. */
import * as tf from '@tensorflow/tfjs-core'
import type { OptimizerSettings } from '../../../shared/protocol/participant.ts'
import type { WasmBackend } from '../wasm/kernels.ts'
import { updates } from './native/native.ts'
import { OnTensors } from './on-tensors.ts'
import { OnWasm } from './on-wasm.ts'

/**
 * Descends along gradients. In this order: gradients are clipped (by value, or by the Euclidean norm of all of them
 * together), an L2 penalty's are added, the weights are updated. All implementations compute the same but for rounding.
 */
export interface LocalOptimizer {
  /** One step. `gradients`: of the variables, in their order; they stay the caller's. */
  apply(gradients: readonly tf.Tensor[], learningRate: number): void
  /** Lets go of what it remembers of the steps before; the variables stay. */
  dispose(): void
}

/** A fresh one for these variables, on the present backend. The caller disposes of it. */
export function makeOptimizer(settings: OptimizerSettings, variables: readonly tf.Variable[]): LocalOptimizer {
  if (tf.getBackend() !== 'wasm' || !updates.isSupported()) return new OnTensors(settings, variables)
  return new OnWasm(settings, variables, tf.backend() as unknown as WasmBackend)
}
