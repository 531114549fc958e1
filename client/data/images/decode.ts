/** Pictures that browsers can show, as a job's pixels. */
import type { ImageSchema } from '../../../shared/protocol/data.ts'
import { Budget } from './ahead.ts'
import { checkSize, MOST_PIXELS } from './bounds.ts'
import type { Picture } from './opened.ts'
import type { Size } from './said-size.ts'

/** A picture's pixels in the schema's size and channels. Throws where the bytes are no picture. */
export type Decode = (picture: Picture, schema: ImageSchema) => Promise<Uint8Array>

/** In a browser, by the browser itself, several at a time; what says that it is too large is not given to it. */
export function browserDecoder(): Decode {
  const decoded = new Budget(MOST_PIXELS)
  let context: OffscreenCanvasRenderingContext2D | null = null
  return async (picture, schema) => {
    const { width, height } = await checkSize(picture)
    return decoded.spend(width * height, async () => {
      const bitmap = await createImageBitmap(picture.bytes)
      try {
        // What follows is done at once: others may draw on the same canvas afterwards.
        if (context?.canvas.width !== schema.width || context.canvas.height !== schema.height)
          context = contextOf(schema)
        return pixelsOf(context, bitmap, bitmap, schema)
      } finally {
        bitmap.close()
      }
    })
  }
}

function contextOf({ width, height }: Size): OffscreenCanvasRenderingContext2D {
  const context = new OffscreenCanvas(width, height).getContext('2d', { willReadFrequently: true })
  if (!context) throw new Error('This browser has no canvas in workers.')
  return context
}

/** Draws on a canvas of the schema's size. `size`: of the source, in its own pixels. */
export function pixelsOf(
  context: CanvasRenderingContext2D | OffscreenCanvasRenderingContext2D,
  source: CanvasImageSource,
  size: Size,
  schema: ImageSchema,
): Uint8Array {
  const { width, height } = schema
  context.clearRect(0, 0, width, height)
  context.imageSmoothingQuality = 'high'
  const { x, y, w, h } = place(size, schema)
  context.drawImage(source, x, y, w, h)
  return channelsOf(context.getImageData(0, 0, width, height).data, schema)
}

/** Where a picture is drawn to: stretched; or as large as covers everything, or as fits in, its middle in the middle. */
export function place(from: Size, { width, height, resize }: Size & Pick<ImageSchema, 'resize'>) {
  if (resize === 'stretch') return { x: 0, y: 0, w: width, h: height }
  const scales = [width / from.width, height / from.height]
  const scale = resize === 'crop' ? Math.max(...scales) : Math.min(...scales)
  const [w, h] = [from.width * scale, from.height * scale]
  return { x: (width - w) / 2, y: (height - h) / 2, w, h }
}

/** From red, green, blue and opacity. Grey is the luma of ITU-R BT.601; what is see-through lies on paper. */
export function channelsOf(
  rgba: Uint8ClampedArray,
  { channels, invert }: Pick<ImageSchema, 'channels' | 'invert'>,
): Uint8Array {
  const count = rgba.length / 4
  const pixels = new Uint8Array(count * channels)
  const opaque = channels % 2 === 0
  for (let i = 0, at = 0, from = 0; i < count; i++, at += channels, from += 4) {
    const opacity = rgba[from + 3] as number
    const share = opaque ? 1 : opacity / 255
    if (channels < 3) {
      const luma =
        0.299 * (rgba[from] as number) + 0.587 * (rgba[from + 1] as number) + 0.114 * (rgba[from + 2] as number)
      pixels[at] = (invert ? 255 - luma : luma) * share + 0.5
    } else {
      for (let c = 0; c < 3; c++) {
        const value = rgba[from + c] as number
        pixels[at + c] = (invert ? 255 - value : value) * share + 0.5
      }
    }
    if (opaque) pixels[at + channels - 1] = opacity
  }
  return pixels
}
