import { describe, expect, it } from 'vitest'
import { MAX_SPAN, niceStep, rowsOf, thin, ticksTo, windowStart } from './points.ts'

const at = (x: number, loss = 1) => ({ at: x, loss, metric: 0.5 })
const version = (v: number) => ({ version: v, metric: 0.9, loss: 0.3 })

describe('rowsOf', () => {
  it('puts a point into the round that it was measured in, and keeps the last', () => {
    const rows = rowsOf([version(0), version(1)], [at(0.5, 2), at(1, 1.5), at(1.2, 1.2)])
    expect(rows.map((row) => [row.round, row.mine?.loss ?? null, row.everyone?.version ?? null])).toEqual([
      [0, null, 0],
      [1, 1.5, 1],
      [2, 1.2, null],
    ])
  })
})

describe('windowStart', () => {
  it('shows a short job whole', () => {
    expect(windowStart(20, 20)).toEqual({ left: 0, span: 20 })
  })
  it('slides by exactly what is new', () => {
    expect(windowStart(500, MAX_SPAN)).toEqual({ left: 0, span: MAX_SPAN })
    expect(windowStart(500, MAX_SPAN + 0.25).left).toBe(0.25)
  })
})

describe('axes', () => {
  it('step in ones, twos and fives', () => {
    expect([niceStep(2.3, 4), niceStep(1, 4), niceStep(30, 6), niceStep(0.07, 4)]).toEqual([1, 0.5, 5, 0.02])
  })
  it('begin at 0 and cover the largest value', () => {
    expect(ticksTo(2.3, 4)).toEqual([0, 1, 2, 3])
    expect(ticksTo(1, 5)).toEqual([0, 0.2, 0.4, 0.6, 0.8, 1])
  })
})

describe('thin', () => {
  it('averages what is too close to tell apart', () => {
    expect(
      thin(
        [
          { x: 0, y: 1 },
          { x: 0.5, y: 3 },
          { x: 1, y: 5 },
        ],
        1,
      ),
    ).toEqual([
      { x: 0.25, y: 2 },
      { x: 1, y: 5 },
    ])
  })
  it('leaves drawn points in place when more come', () => {
    const points = Array.from({ length: 50 }, (_, i) => ({ x: i * 0.3, y: i }))
    expect(thin(points, 1).slice(0, 10)).toEqual(thin([...points, { x: 99, y: 0 }], 1).slice(0, 10))
  })
})
