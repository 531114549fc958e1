import '@tensorflow/tfjs-backend-wasm'
import * as tf from '@tensorflow/tfjs-core'
import { expect, it } from 'vitest'
import type { WasmBackend } from './kernels.ts'
import { refuseFullMemory } from './memory.ts'

it('what finds no room in WebAssembly’s memory is refused, and nothing is lost', async () => {
  expect(await tf.setBackend('wasm')).toBe(true)
  const backend = tf.backend() as unknown as WasmBackend
  const before = tf.tensor1d([1, 2, 3])
  refuseFullMemory(backend)
  refuseFullMemory(backend)
  // All of it, which some of it is taken of.
  expect(() => backend.makeOutput([2 ** 30 - 1024], 'float32')).toThrow(/no room for 4096 MiB more/)
  expect(Array.from(tf.add(before, 1).dataSync())).toEqual([2, 3, 4])
  expect(tf.zeros([0]).size).toBe(0)
})
