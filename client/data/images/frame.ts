/** What is on a screen or before a camera, as a job's pixels. */
import type { ImageSchema } from '../../../shared/protocol/data.ts'
import { channelsOf, place } from './decode.ts'

type Drawable = CanvasImageSource

/** `size`: of the source, in its own pixels. Throws where the browser has no canvas. */
export function pixelsOf(source: Drawable, size: { width: number; height: number }, schema: ImageSchema): Uint8Array {
  const canvas = document.createElement('canvas')
  canvas.width = schema.width
  canvas.height = schema.height
  const context = canvas.getContext('2d')
  if (!context) throw new Error('This browser has no canvas.')
  context.imageSmoothingQuality = 'high'
  const { x, y, w, h } = place(size, schema)
  context.drawImage(source, x, y, w, h)
  return channelsOf(context.getImageData(0, 0, schema.width, schema.height).data, schema)
}
