import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import { Growing } from './growing.ts'

it('gives all rows in their order, however many were expected, and however wide they are', () => {
  const sizes = fc.record({
    width: fc.constantFrom(1, 3, 400_000, 2_000_000),
    rows: fc.nat(12),
    reserved: fc.array(fc.nat(12), { maxLength: 2 }),
  })
  void fc.assert(
    fc.property(sizes, ({ width, rows, reserved }) => {
      const growing = new Growing(Uint8Array, width)
      for (const expected of reserved) growing.reserve(expected)
      for (let i = 0; i < rows; i++) growing.next().fill(i + 1)
      expect(growing.count).toBe(rows)
      const all = growing.take()
      expect(all.length).toBe(rows * width)
      for (let i = 0; i < rows; i++) {
        expect(all[i * width]).toBe(i + 1)
        expect(all[(i + 1) * width - 1]).toBe(i + 1)
      }
    }),
    { numRuns: 40 },
  )
})

it('copies nothing where as many came as were expected', () => {
  const growing = new Growing(Float32Array, 2)
  growing.reserve(3)
  growing.push([1, 2])
  const row = growing.next()
  row.set([3, 4])
  const all = growing.take()
  expect(Array.from(all)).toEqual([1, 2, 3, 4])
  expect(all.buffer).toBe(row.buffer)
})

it('does not reserve what would not fit', () => {
  const growing = new Growing(Uint8Array, 2 ** 20)
  growing.reserve(10_000)
  growing.push(new Uint8Array(2 ** 20))
  expect(growing.take().buffer.byteLength).toBe(2 ** 20)
})
