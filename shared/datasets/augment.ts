/**
 * Pictures, varied by chance: what training is given instead of the same picture again. Everything is computed in 32-bit floats on
 * the host, so that every backend is given the same bits. 0 is paper, or black; what comes into a picture from outside is that.
 */
import type { Augmentation } from '../protocol/data.ts'
import type { Random } from '../random/random.ts'

/** What is known of pictures beside their values. */
export interface PictureShape {
  readonly height: number
  readonly width: number
  readonly channels: number
  /** The value of full ink, or of white: 255 or 1. */
  readonly full: number
}

/** Writes the picture `from`, varied, over all of `to`, which is another array. Draws as often for every picture. */
type Vary = (from: Float32Array, to: Float32Array, draws: Random) => void

/** Does all of these to a picture, one after the other, in place. */
export function augmenter(
  steps: readonly Augmentation[],
  shape: PictureShape,
): (picture: Float32Array, draws: Random) => void {
  const varies = steps.map((step) => varyOf(step, shape))
  const other = new Float32Array(shape.height * shape.width * shape.channels)
  return (picture, draws) => {
    for (const vary of varies) {
      other.set(picture)
      vary(other, picture, draws)
    }
  }
}

function varyOf(step: Augmentation, shape: PictureShape): Vary {
  switch (step.kind) {
    case 'flip':
      return (from, to, draws) => (draws.int(2) === 1 ? flip(from, to, shape) : to.set(from))
    case 'shift':
      return (from, to, draws) => {
        const by = () => draws.int(2 * step.pixels + 1) - step.pixels
        shift(from, to, shape, by(), by())
      }
    case 'rotate':
      return (from, to, draws) => rotate(from, to, shape, (draws.uniform(-step.degrees, step.degrees) * Math.PI) / 180)
    case 'brightness':
      return (from, to, draws) => {
        const add = draws.uniform(-step.by, step.by) * shape.full
        relight(from, to, shape, 1, () => add)
        clip(to, shape)
      }
    case 'contrast':
      return (from, to, draws) => {
        stretch(from, to, shape, draws.uniform(1 - step.by, 1 + step.by))
        clip(to, shape)
      }
    case 'noise':
      return (from, to, draws) => {
        const deviation = step.deviation * shape.full
        to.set(from)
        for (let c = 0; c < coloursOf(shape); c++)
          for (let i = c; i < to.length; i += shape.channels) to[i] = (to[i] as number) + draws.normal() * deviation
        clip(to, shape)
      }
    case 'cutout':
      return (from, to, draws) => {
        to.set(from)
        cutOut(to, shape, step.pixels, draws.int(shape.width), draws.int(shape.height))
      }
    default:
      return step satisfies never
  }
}

/** Left and right change places. */
export function flip(from: Float32Array, to: Float32Array, { height, width, channels }: PictureShape): void {
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const at = (y * width + x) * channels
      const source = (y * width + width - 1 - x) * channels
      for (let c = 0; c < channels; c++) to[at + c] = from[source + c] as number
    }
  }
}

/** By so many whole pixels to the right and down; what leaves the picture is lost. */
export function shift(
  from: Float32Array,
  to: Float32Array,
  { height, width, channels }: PictureShape,
  right: number,
  down: number,
): void {
  to.fill(0)
  const columns = width - Math.abs(right)
  if (columns <= 0) return
  for (let y = Math.max(0, down); y < Math.min(height, height + down); y++) {
    const source = ((y - down) * width + Math.max(0, -right)) * channels
    to.set(from.subarray(source, source + columns * channels), (y * width + Math.max(0, right)) * channels)
  }
}

/** About its middle, clockwise, by an angle in radians; between pixels, what lies between their values. */
export function rotate(
  from: Float32Array,
  to: Float32Array,
  { height, width, channels }: PictureShape,
  angle: number,
): void {
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)]
  const [middleX, middleY] = [(width - 1) / 2, (height - 1) / 2]
  to.fill(0)
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      // Where this pixel was before.
      const wasX = snap(middleX + (x - middleX) * cos + (y - middleY) * sin)
      const wasY = snap(middleY - (x - middleX) * sin + (y - middleY) * cos)
      const left = Math.floor(wasX)
      const top = Math.floor(wasY)
      const at = (y * width + x) * channels
      for (let cy = Math.max(0, top); cy <= Math.min(height - 1, top + 1); cy++) {
        for (let cx = Math.max(0, left); cx <= Math.min(width - 1, left + 1); cx++) {
          const share = (1 - Math.abs(wasX - cx)) * (1 - Math.abs(wasY - cy))
          const source = (cy * width + cx) * channels
          for (let c = 0; c < channels; c++) to[at + c] = (to[at + c] as number) + share * (from[source + c] as number)
        }
      }
    }
  }
}

/** Sines and cosines of right angles are not quite whole. */
function snap(value: number): number {
  const near = Math.round(value)
  return Math.abs(value - near) < 1e-9 ? near : value
}

/** Every colour's distance from the picture's mean in that colour, times `factor`. */
export function stretch(from: Float32Array, to: Float32Array, shape: PictureShape, factor: number): void {
  relight(from, to, shape, factor, (c) => {
    let sum = 0
    for (let i = c; i < from.length; i += shape.channels) sum += from[i] as number
    return (sum / (shape.height * shape.width)) * (1 - factor)
  })
}

/** A square about this pixel is emptied, as far as it lies within the picture (DeVries and Taylor 2017). */
export function cutOut(to: Float32Array, shape: PictureShape, pixels: number, x: number, y: number): void {
  const { height, width, channels } = shape
  const [left, top] = [x - Math.floor(pixels / 2), y - Math.floor(pixels / 2)]
  const [from, until] = [Math.max(0, left), Math.min(width, left + pixels)]
  for (let row = Math.max(0, top); row < Math.min(height, top + pixels); row++)
    to.fill(0, (row * width + from) * channels, (row * width + until) * channels)
}

/** Each colour times `times`, and so much added. */
function relight(
  from: Float32Array,
  to: Float32Array,
  shape: PictureShape,
  times: number,
  addTo: (channel: number) => number,
): void {
  to.set(from)
  for (let c = 0; c < coloursOf(shape); c++) {
    const add = addTo(c)
    for (let i = c; i < to.length; i += shape.channels) to[i] = (from[i] as number) * times + add
  }
}

/** Opacity, where there is such, is no colour. */
const coloursOf = ({ channels }: PictureShape): number => (channels % 2 === 0 ? channels - 1 : channels)

function clip(picture: Float32Array, { full }: PictureShape): void {
  for (let i = 0; i < picture.length; i++) picture[i] = Math.min(full, Math.max(0, picture[i] as number))
}
