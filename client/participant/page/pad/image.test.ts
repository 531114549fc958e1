import { describe, expect, it } from 'vitest'
import { asImage, centreOfMass, type Stroke } from './image.ts'

const SIDE = 28
/** A seven, small and in a corner. */
const seven: Stroke[] = [
  [
    { x: 0.05, y: 0.05 },
    { x: 0.25, y: 0.05 },
    { x: 0.12, y: 0.4 },
  ],
]

function image(strokes: readonly Stroke[]): Uint8Array {
  const pixels = asImage(strokes, SIDE, SIDE)
  if (!pixels) throw new Error('no ink')
  return pixels
}
function inkedRows(pixels: Uint8Array): number {
  return Array.from({ length: SIDE }, (_, row) => pixels.subarray(row * SIDE, (row + 1) * SIDE)).filter((row) =>
    row.some((value) => value > 60),
  ).length
}
const moved = (strokes: Stroke[], by: number, scale = 1) =>
  strokes.map((stroke) => stroke.map((p) => ({ x: p.x * scale + by, y: p.y * scale + by })))

describe('asImage', () => {
  it('puts the ink’s centre of mass at the image’s centre', () => {
    const centre = centreOfMass(image(seven), SIDE, SIDE)
    expect(centre.x).toBeCloseTo(14, 1)
    expect(centre.y).toBeCloseTo(14, 1)
  })
  it('scales the ink to 20 of 28 pixels, whatever its size', () => {
    expect(inkedRows(image(seven))).toBeGreaterThanOrEqual(19)
    expect(inkedRows(image(seven))).toBeLessThanOrEqual(21)
    expect(inkedRows(image(moved(seven, 0.05, 2)))).toBe(inkedRows(image(seven)))
  })
  it('does not care where on the pad it was drawn', () => {
    const there = image(moved(seven, 0.5))
    image(seven).forEach((value, i) => {
      expect(Math.abs(value - (there[i] ?? 0))).toBeLessThanOrEqual(1)
    })
  })
  it('leaves a dot a dot, and makes nothing of nothing', () => {
    const dot = image([[{ x: 0.9, y: 0.9 }]])
    expect(dot.filter((value) => value > 0).length).toBeLessThan(20)
    expect(dot[14 * SIDE + 14]).toBe(255)
    expect(asImage([], SIDE, SIDE)).toBeNull()
  })
  it('fits images that are not square', () => {
    expect(asImage(seven, 20, 32)).toHaveLength(640)
  })
})
