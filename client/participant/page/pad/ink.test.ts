import { describe, expect, it } from 'vitest'
import { createInk, pressKey } from './ink.ts'

describe('pressKey', () => {
  it('draws a stroke between two presses of the space bar', () => {
    const ink = createInk()
    expect(pressKey(ink, 'ArrowDown')).toBe('moved')
    expect(ink.strokes.value).toEqual([])
    expect(pressKey(ink, ' ')).toBe('lowered')
    pressKey(ink, 'ArrowDown')
    pressKey(ink, 'ArrowRight')
    expect(pressKey(ink, ' ')).toBe('lifted')
    expect(ink.strokes.value).toHaveLength(1)
    expect(ink.strokes.value[0]).toHaveLength(3)
  })
  it('keeps the pen on the paper', () => {
    const ink = createInk()
    for (let i = 0; i < 100; i++) pressKey(ink, 'ArrowLeft')
    expect(ink.pen.value.x).toBeGreaterThan(0)
  })
  it('clears, and leaves other keys to the page', () => {
    const ink = createInk()
    pressKey(ink, ' ')
    expect(pressKey(ink, 'Delete')).toBe('cleared')
    expect(ink.strokes.value).toEqual([])
    expect(ink.pen.value.down).toBe(false)
    expect(pressKey(ink, 'Tab')).toBeUndefined()
  })
})
