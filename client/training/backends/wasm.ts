import plainUrl from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm.wasm?url'
import simdUrl from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-simd.wasm?url'
import * as tf from '@tensorflow/tfjs-core'
import { registerTrainingKernels } from '../wasm/register.ts'
import { activate } from './activate.ts'
import type { Availability, Backend } from './backend.ts'

export const wasm: Backend = {
  name: 'wasm',

  async look(): Promise<Availability> {
    if (typeof WebAssembly === 'undefined')
      return { available: false, reason: 'This browser does not offer WebAssembly.' }
    return { available: true, adapter: hasSimd() ? 'processor with SIMD' : 'processor', hardware: true }
  },

  async activate(): Promise<void> {
    const { setWasmPaths } = await import('@tensorflow/tfjs-backend-wasm')
    registerTrainingKernels()
    // tfjs' threaded build hangs once it is minified.
    tf.env().set('WASM_HAS_MULTITHREAD_SUPPORT', false)
    setWasmPaths({
      'tfjs-backend-wasm.wasm': plainUrl,
      'tfjs-backend-wasm-simd.wasm': simdUrl,
      'tfjs-backend-wasm-threaded-simd.wasm': simdUrl,
    })
    await activate('wasm')
  },
}

/** Asks the engine to validate a module with one SIMD instruction: i32.const 0, i8x16.splat, drop. */
function hasSimd(): boolean {
  const module = [0, 97, 115, 109, 1, 0, 0, 0, 1, 4, 1, 96, 0, 0, 3, 2, 1, 0, 10, 9, 1, 7, 0, 65, 0, 253, 15, 26, 11]
  return WebAssembly.validate(Uint8Array.from(module))
}
