import { describe, expect, it } from 'vitest'
import { clientBar, roundRow } from './testing.ts'
import { axisSpan, axisTicks, barEnd, riverWidths, segmentsOf } from './timeline.ts'

describe('segmentsOf', () => {
  it('gives an answered bar its three phases', () => {
    const bar = clientBar(1, { state: 'counted', downloadedAt: 100, trainedAt: 900, answeredAt: 1000 })
    expect(segmentsOf(bar, 5000)).toEqual([
      { phase: 'download', from: 0, to: 100 },
      { phase: 'train', from: 100, to: 900 },
      { phase: 'upload', from: 900, to: 1000 },
    ])
  })

  it('runs the present phase on to now', () => {
    expect(segmentsOf(clientBar(1, { state: 'train', downloadedAt: 100 }), 700)).toEqual([
      { phase: 'download', from: 0, to: 100 },
      { phase: 'train', from: 100, to: 700 },
    ])
  })

  it('ends a lost bar where it was lost, in its last phase', () => {
    const bar = clientBar(1, { state: 'gone', downloadedAt: 100, answeredAt: 400 })
    expect(segmentsOf(bar, 9000).at(-1)).toEqual({ phase: 'train', from: 100, to: 400 })
    expect(barEnd(clientBar(1, { state: 'cut-off', downloadedAt: 100 }), 9000)).toBe(100)
  })

  it('never draws backwards, whatever the clocks say', () => {
    const bar = clientBar(1, { state: 'counted', downloadedAt: 500, trainedAt: 450, answeredAt: 480 })
    for (const s of segmentsOf(bar, 1000)) expect(s.to).toBeGreaterThan(s.from)
    expect(barEnd(clientBar(1, { sentAt: 1000 }), 900)).toBe(1000)
  })
})

describe('the axis', () => {
  it('spans an ended round exactly, and an open one at least as far as the one before', () => {
    const ended = roundRow(1, { endedAt: 8000 })
    expect(axisSpan(ended, undefined, 99_000)).toBe(8000)
    expect(axisSpan(roundRow(2), ended, 3000)).toBe(8000)
    expect(axisSpan(roundRow(2), ended, 10_000)).toBeCloseTo(10_800)
  })

  it('has round ticks, few enough to read', () => {
    expect(axisTicks(9000, 6)).toEqual([0, 2000, 4000, 6000, 8000])
    expect(axisTicks(200_000, 6)).toEqual([0, 60_000, 120_000, 180_000])
    for (const span of [1000, 12_345, 86_400_000, 9e9]) expect(axisTicks(span, 6).length).toBeLessThanOrEqual(7)
  })
})

describe('riverWidths', () => {
  it('widens by each counted bar’s share of the examples', () => {
    const bars = [
      clientBar(1, { state: 'counted', examples: 100 }),
      clientBar(2, { state: 'train', examples: 100 }),
      clientBar(3, { state: 'counted', examples: 200 }),
    ]
    expect(riverWidths(bars)).toEqual([
      { above: 0, below: 0.25 },
      { above: 0.25, below: 0.25 },
      { above: 0.25, below: 0.75 },
    ])
    expect(riverWidths([clientBar(1, { examples: 0 })])).toEqual([{ above: 0, below: 0 }])
  })
})
