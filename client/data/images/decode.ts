/** Pictures that browsers can show, as a job's pixels. */
import type { ImageSchema } from '../../../shared/protocol/data.ts'
import { checkSize } from './bounds.ts'
import type { Size } from './said-size.ts'

/** A picture's pixels in the schema's size and channels. Throws where the bytes are no picture. */
export type Decode = (picture: Blob, schema: ImageSchema) => Promise<Uint8Array>

/** In a browser, by the browser itself; what says that it is too large is not given to it. */
export function browserDecoder(): Decode {
  let canvas: OffscreenCanvas | null = null
  return async (picture, schema) => {
    const { width, height } = schema
    if (canvas?.width !== width || canvas.height !== height) canvas = new OffscreenCanvas(width, height)
    const context = canvas.getContext('2d', { willReadFrequently: true })
    if (!context) throw new Error('This browser has no canvas in workers.')
    await checkSize(picture)
    const bitmap = await createImageBitmap(picture)
    try {
      return pixelsOf(context, bitmap, bitmap, schema)
    } finally {
      bitmap.close()
    }
  }
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
  const pixels = new Uint8Array((rgba.length / 4) * channels)
  const colour = (value: number, opacity: number) => {
    const ink = invert ? 255 - value : value
    return Math.round(channels % 2 === 0 ? ink : (ink * opacity) / 255)
  }
  for (let i = 0; i < rgba.length / 4; i++) {
    const [r = 0, g = 0, b = 0, a = 0] = rgba.subarray(i * 4, i * 4 + 4)
    const at = i * channels
    if (channels < 3) pixels[at] = colour(0.299 * r + 0.587 * g + 0.114 * b, a)
    else
      [r, g, b].forEach((value, c) => {
        pixels[at + c] = colour(value, a)
      })
    if (channels % 2 === 0) pixels[at + channels - 1] = a
  }
  return pixels
}
