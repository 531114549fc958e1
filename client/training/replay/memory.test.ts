import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Lifetime, shareMemory } from './memory.ts'

const lifetime = fc
  .record({ bytes: fc.integer({ min: 4, max: 1 << 20 }), first: fc.nat(40), length: fc.nat(10) })
  .map(({ bytes, first, length }): Lifetime => ({ bytes, first, last: first + length }))

const overlap = (a: Lifetime, b: Lifetime) => a.first <= b.last && b.first <= a.last

describe('sharing memory', () => {
  it('gives each value a block that is large enough and nobody else’s during its life', () => {
    void fc.assert(
      fc.property(
        fc.array(lifetime, { maxLength: 60 }),
        fc.array(fc.integer({ min: 4, max: 1 << 20 })),
        (values, before) => {
          const { blocks, blockOf } = shareMemory(values, before)
          expect(blocks.slice(0, before.length)).toEqual(before)
          expect(blockOf.length).toBe(values.length)
          values.forEach((value, i) => {
            expect(blocks[blockOf[i] as number]).toBeGreaterThanOrEqual(value.bytes)
            values.forEach((other, j) => {
              if (i < j && blockOf[i] === blockOf[j]) expect(overlap(value, other)).toBe(false)
            })
          })
        },
      ),
    )
  })

  it('uses a block again as soon as its value is no longer needed', () => {
    const chain = Array.from({ length: 10 }, (_, i) => ({ bytes: 8192, first: i, last: i + 1 }))
    expect(shareMemory(chain).blocks).toEqual([8192, 8192])
  })

  it('makes no new block where those of another plan do', () => {
    const large = shareMemory([{ bytes: 8192, first: 0, last: 1 }])
    const small = shareMemory([{ bytes: 4096, first: 0, last: 5 }], large.blocks)
    expect(small.blocks).toEqual(large.blocks)
  })

  it('does not hold a large block with a small value', () => {
    const { blocks } = shareMemory([
      { bytes: 1 << 20, first: 0, last: 0 },
      { bytes: 8192, first: 1, last: 2 },
    ])
    expect(blocks).toEqual([1 << 20, 8192])
  })
})
