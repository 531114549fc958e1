import { describe, expect, it } from 'vitest'
import { flatLength, flatTensors, frozenTensors, type Layout, layoutText, statisticSpans } from './layout.ts'

const tensor = (name: string, shape: readonly number[], role: Layout[number]['role']) =>
  ({ name, shape, dtype: 'float32', role }) as const

const LAYOUT: Layout = [
  tensor('mean', [2], 'statistic'),
  tensor('embedding', [100, 100], 'frozen'),
  tensor('variance', [3], 'statistic'),
  tensor('kernel', [4, 5], 'trained'),
  tensor('scale', [], 'trained'),
  tensor('last', [6], 'statistic'),
]

describe('a layout', () => {
  it('has trained and statistic tensors in the flat vector, frozen ones outside of it', () => {
    expect(flatTensors(LAYOUT).map((t) => t.name)).toEqual(['mean', 'variance', 'kernel', 'scale', 'last'])
    expect(frozenTensors(LAYOUT).map((t) => t.name)).toEqual(['embedding'])
    expect(flatLength(LAYOUT)).toBe(2 + 3 + 20 + 1 + 6)
  })

  it('joins neighbouring statistics into one span, also across a frozen tensor', () => {
    expect(statisticSpans(LAYOUT)).toEqual([
      { start: 0, end: 5 },
      { start: 26, end: 32 },
    ])
    expect(statisticSpans([tensor('kernel', [2], 'trained')])).toEqual([])
  })

  it('has a text that tells names, shapes, roles and order apart', () => {
    const a = tensor('a', [2, 3], 'trained')
    const texts = [
      [a],
      [tensor('b', [2, 3], 'trained')],
      [tensor('a', [3, 2], 'trained')],
      [tensor('a', [2, 3], 'statistic')],
      [a, tensor('b', [1], 'trained')],
      [tensor('b', [1], 'trained'), a],
    ].map(layoutText)
    expect(new Set(texts).size).toBe(texts.length)
    expect(layoutText([{ ...a }])).toBe(texts[0])
  })
})
