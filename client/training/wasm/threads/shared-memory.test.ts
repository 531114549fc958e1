import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { describe, expect, it } from 'vitest'
import { KERNEL_BASE64, RELAXED_BASE64 } from '../products/kernel-bytes.ts'
import { shared } from './shared-memory.ts'

const bytesOf = (base64: string) => Uint8Array.from(Buffer.from(base64, 'base64'))
const SHARED = { initial: 1, maximum: 65_536, shared: true }

describe('a module on shared memory', () => {
  it.each([
    ['plain', KERNEL_BASE64],
    ['relaxed', RELAXED_BASE64],
  ])('of our own (%s) differs in one bit', (_, base64) => {
    const before = bytesOf(base64)
    const after = shared(before)
    const changed = [...after.keys()].filter((at) => after[at] !== before[at])
    expect(changed.map((at) => [before[at], after[at]])).toEqual([[1, 3]])
  })

  it('imports it, and no other', () => {
    const memory = new WebAssembly.Memory(SHARED)
    const module = new WebAssembly.Module(shared(bytesOf(KERNEL_BASE64)))
    expect(new WebAssembly.Instance(module, { env: { memory } }).exports.product).toBeTypeOf('function')
    const own = new WebAssembly.Memory({ initial: 1, maximum: 65_536 })
    expect(() => new WebAssembly.Instance(module, { env: { memory: own } })).toThrow(WebAssembly.LinkError)
  })

  it('that has a memory of its own, as tfjs’, shares it', () => {
    const path = createRequire(import.meta.url).resolve(
      '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-simd.wasm',
    )
    expect(WebAssembly.validate(shared(readFileSync(path)))).toBe(true)
  })

  it('needs memory with an end', () => {
    const endless = [0, 97, 115, 109, 1, 0, 0, 0, 5, 3, 1, 0, 1]
    expect(WebAssembly.validate(Uint8Array.from(endless))).toBe(true)
    expect(() => shared(Uint8Array.from(endless))).toThrow('no end')
    expect(() => shared(Uint8Array.from(endless.slice(0, 8)))).toThrow('without memory')
  })
})
