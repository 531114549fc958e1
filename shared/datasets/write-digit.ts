import type { Random } from '../random/random.ts'
import type { Stroke } from './digit-strokes.ts'
import { displace, type Habit, type Handwriting } from './handwriting.ts'
import { drawSegment, type Page, smoothCurve } from './pen.ts'

/** Writes one `digit` (0–9) in this handwriting on a blank page; the next one comes out a little different. */
export function writeDigit(hand: Handwriting, digit: number, random: Random, page: Page): void {
  const place = placement(hand, random, page.size)
  const radius = Math.max(0.6, hand.penRadius * (1 + 0.08 * random.normal()))
  const ink = Math.min(255, hand.ink * (1 + 0.05 * random.normal()))
  for (const stroke of chooseGlyph(hand.habits[digit] as Habit, random)) {
    const curve = smoothCurve(place(displace(stroke, 2.2 * hand.unsteadiness, random)), hand.roundness, 4)
    const swell = 0.12 * random.normal()
    for (let i = 2; i < curve.length; i += 2) {
      const pressure = 1 + swell * ((2 * i) / curve.length - 1)
      const at = (k: number): number => curve[i + k] as number
      drawSegment(page, at(-2), at(-1), at(0), at(1), radius * pressure, ink)
    }
  }
  roughen(page, random)
}

/** Mostly the usual way of writing the digit, now and then any. */
function chooseGlyph({ glyphs, preferred }: Habit, random: Random): readonly Stroke[] {
  return glyphs[random.next() < 0.1 ? random.int(glyphs.length) : preferred] as readonly Stroke[]
}

/** Where this example's points go: from hundredths of the digit's box to pixels, in place. */
function placement(hand: Handwriting, random: Random, pageSize: number): (points: Float64Array) => Float64Array {
  const vary = (deviation: number): number => deviation * hand.unsteadiness * random.normal()
  const slant = hand.slant + vary(0.09)
  const angle = hand.rotation + vary(0.05)
  const width = (hand.width / 100) * (1 + vary(0.06))
  const height = (hand.height / 100) * (1 + vary(0.04))
  const centreX = pageSize / 2 + hand.offsetX + vary(0.3)
  const centreY = pageSize / 2 + hand.offsetY + vary(0.3)
  const cosine = Math.cos(angle)
  const sine = Math.sin(angle)
  return (points) => {
    for (let i = 0; i < points.length; i += 2) {
      const y = ((points[i + 1] as number) - 50) * height
      const x = ((points[i] as number) - 50) * width - slant * y
      points[i] = centreX + cosine * x - sine * y
      points[i + 1] = centreY + sine * x + cosine * y
    }
    return points
  }
}

/** Paper's grain: ink varies by up to 8 % from pixel to pixel; blank paper stays 0. */
function roughen({ pixels, offset, size }: Page, random: Random): void {
  const end = offset + size * size
  for (let at = offset; at < end; at++) {
    const value = pixels[at] as number
    if (value > 0) pixels[at] = Math.min(255, Math.round(value * random.uniform(0.92, 1.08)))
  }
}
