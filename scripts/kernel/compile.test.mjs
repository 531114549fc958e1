import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { bytesAsSource, compileKernel, OUTPUT } from './compile.mjs'

describe('A1: the SIMD kernel', () => {
  it('is what its source compiles to, byte for byte; otherwise run `node scripts/kernel.mjs`', async () => {
    expect(readFileSync(OUTPUT, 'utf8')).toBe(bytesAsSource(await compileKernel()))
  }, 60_000)
})
