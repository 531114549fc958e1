import type { Random } from '../random/random.ts'
import { DIGITS, type Glyph, type Stroke } from './digit-strokes.ts'

/**
 * What stays the same in everything that one person writes. Lengths are in pixels, angles in radians. The ranges are
 * tuned so that one person's digits alone teach a small network clearly less about other people's than four people's
 * do together; most of that difference comes from the ways of writing each digit and from the proportions.
 */
export interface Handwriting {
  /** How far x moves per y upwards: above 0 leans to the right. */
  readonly slant: number
  /** Of the baseline; above 0 is clockwise. */
  readonly rotation: number
  readonly width: number
  readonly height: number
  /** Where a digit's centre lies, from the page's centre. */
  readonly offsetX: number
  readonly offsetY: number
  /** Half the width of the line. */
  readonly penRadius: number
  /** Of the line's middle, 0 to 255. */
  readonly ink: number
  /** Of the curves: see `smoothCurve`. */
  readonly roundness: number
  /** How much one example differs from the next: 1 is usual. */
  readonly unsteadiness: number
  readonly habits: readonly Habit[]
  /** How often each digit is written; sums to 1. */
  readonly frequencies: readonly number[]
}

/** How a person writes one digit: the ways known, in this person's own shapes, and the index of the usual one. */
export interface Habit {
  readonly glyphs: readonly Glyph[]
  readonly preferred: number
}

/**
 * A person's handwriting. `trait` gives the coordinates of the person among all people, each uniform in [0, 1), 20 in
 * all, always in the same order; `random` what is merely theirs.
 */
export function drawHandwriting(random: Random, trait: () => number): Handwriting {
  const between = (from: number, to: number): number => from + (to - from) * trait()
  const height = between(18, 20.5)
  const weights = DIGITS.map(() => Math.exp(0.7 * random.normal()))
  const total = weights.reduce((sum, weight) => sum + weight, 0)
  return {
    slant: between(0.02, 0.3),
    rotation: between(-0.03, 0.03),
    width: height * between(0.54, 0.82),
    height,
    offsetX: between(-0.2, 0.2),
    offsetY: between(-0.2, 0.2),
    penRadius: between(1, 1.8),
    ink: between(190, 255),
    roundness: between(0.3, 0.62),
    unsteadiness: between(0.8, 1.2),
    habits: DIGITS.map((glyphs) => ({
      glyphs: glyphs.map((glyph) => glyph.map((stroke) => displace(stroke, 1.2, random))),
      preferred: Math.floor(trait() * glyphs.length),
    })),
    frequencies: weights.map((weight) => weight / total),
  }
}

/** The stroke with its points moved by a normal step each; a point given twice moves as one, and stays a corner. */
export function displace(stroke: Stroke, deviation: number, random: Random): Float64Array {
  const moved = Float64Array.from(stroke)
  for (let i = 0; i < moved.length; i += 2) {
    const again = i > 0 && stroke[i] === stroke[i - 2] && stroke[i + 1] === stroke[i - 1]
    moved[i] = again ? (moved[i - 2] as number) : (moved[i] as number) + deviation * random.normal()
    moved[i + 1] = again ? (moved[i - 1] as number) : (moved[i + 1] as number) + deviation * random.normal()
  }
  return moved
}
