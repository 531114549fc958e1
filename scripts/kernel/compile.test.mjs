import { readFileSync } from 'node:fs'
import { relative } from 'node:path'
import { describe, expect, it } from 'vitest'
import { ROOT } from '../setup/paths.mjs'
import { compileKernel, KERNELS, outputOf } from './compile.mjs'

describe('A1: a SIMD kernel', () => {
  it.each(KERNELS.map((kernel) => [relative(ROOT, kernel.folder), kernel]))(
    'of %s is what its source compiles to, byte for byte; otherwise run `node scripts/kernel.mjs`',
    async (_, kernel) => {
      expect(readFileSync(outputOf(kernel.folder), 'utf8')).toBe(await compileKernel(kernel))
    },
    60_000,
  )
})
