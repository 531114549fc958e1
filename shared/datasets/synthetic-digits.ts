import { TributaryError } from '../errors/error.ts'
import { type Random, random } from '../random/random.ts'
import { type ImageDataset, type ImageShape, imageDataset } from './dataset.ts'
import { drawHandwriting, type Handwriting } from './handwriting.ts'
import { writeDigit } from './write-digit.ts'

/**
 * Handwritten digits drawn on the spot, so that anybody can take part without data of their own: grey, 28 × 28,
 * labels 0 to 9, laid out as MNIST's are (20 pixels high, centred, ink on paper). Everything is a function of the
 * seed and the writer's number, in one JavaScript engine; across engines Math.cos and Math.log may differ in the
 * last bit.
 */
export const SYNTHETIC_DIGITS: ImageShape = { width: 28, height: 28, channels: 1, classes: 10 }

/**
 * `count` digits in one writer's handwriting. A writer is any whole number; each has a handwriting of their own and
 * favours some digits. Writers 4k to 4k + 3 differ from one another as much as four people can (see `traits`), so
 * participants are best numbered 0, 1, 2, … The first examples do not depend on `count`.
 */
export function syntheticDigits(options: { seed: number | string; writer: number; count: number }): ImageDataset {
  const { seed, writer, count } = options
  if (!Number.isSafeInteger(writer)) {
    throw new TributaryError('data/mismatch', `The writer's number is ${writer}. It must be a whole number.`)
  }
  const hand = drawHandwriting(random(seed, 'synthetic-digits/hand', writer), traits(seed, writer))
  const draws = random(seed, 'synthetic-digits/examples', writer)
  return write(count, () => ({ hand, digit: drawDigit(hand, draws), draws }))
}

/**
 * `count` digits (1000 by default) for evaluation, in the handwriting of people who are no participant under any
 * number: each of them writes 0 to 9 once, in order.
 */
export function syntheticTestSet(options: { seed: number | string; count?: number }): ImageDataset {
  const { seed, count = 1000 } = options
  let draws = random(seed, 'synthetic-digits/test', 0)
  let hand = drawHandwriting(draws, () => draws.next())
  return write(count, (i) => {
    if (i > 0 && i % 10 === 0) {
      draws = random(seed, 'synthetic-digits/test', i / 10)
      hand = drawHandwriting(draws, () => draws.next())
    }
    return { hand, digit: i % 10, draws }
  })
}

/**
 * The coordinates of a writer among all people: a Latin hypercube (McKay, Beckman and Conover, Technometrics 21,
 * 1979) of four. In each coordinate, every one of four neighbours lies in another quarter of [0, 1), at random within
 * it. Each writer by themselves is uniform, and so a few participants already stand for many people.
 */
function traits(seed: number | string, writer: number): () => number {
  const block = Math.floor(writer / 4)
  const shared = random(seed, 'synthetic-digits/traits', block)
  const own = random(seed, 'synthetic-digits/traits-within', writer)
  return () => ((shared.permutation(4)[writer - 4 * block] as number) + own.next()) / 4
}

/** A digit, drawn as often as this writer writes it. */
function drawDigit(hand: Handwriting, draws: Random): number {
  let rest = draws.next()
  const digit = hand.frequencies.findIndex((frequency) => {
    rest -= frequency
    return rest < 0
  })
  return digit < 0 ? 9 : digit
}

function write(count: number, next: (i: number) => { hand: Handwriting; digit: number; draws: Random }): ImageDataset {
  if (!Number.isSafeInteger(count) || count < 1) {
    throw new TributaryError('data/empty', `${count} synthetic digits were asked for. Ask for a whole number above 0.`)
  }
  const bytes = SYNTHETIC_DIGITS.width * SYNTHETIC_DIGITS.height
  const pixels = new Uint8Array(count * bytes)
  const labels = new Uint8Array(count)
  for (let i = 0; i < count; i++) {
    const { hand, digit, draws } = next(i)
    labels[i] = digit
    writeDigit(hand, digit, draws, { pixels, offset: i * bytes, size: SYNTHETIC_DIGITS.width })
  }
  return imageDataset(SYNTHETIC_DIGITS, pixels, labels)
}
