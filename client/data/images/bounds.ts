/** How much of one picture is taken: what is larger is no example, but a way to fill the memory. */
import { blobOf, type SourceFile } from '../files/source-file.ts'
import type { Picture } from './opened.ts'
import { type Size, saidSize } from './said-size.ts'

const MOST_BYTES = 128 * 2 ** 20
/** 400 MB, for a moment. Cameras' pictures have some 10 to 50 million. */
export const MOST_PIXELS = 100_000_000

/** A picture's bytes. Throws where there are too many, without having held them. */
export async function pictureBytes(file: SourceFile): Promise<Blob> {
  if (file.size > MOST_BYTES)
    throw new Error(`it has ${Math.round(file.size / 1e6)} MB; ${Math.round(MOST_BYTES / 1e6)} MB are the most`)
  return blobOf(file, MOST_BYTES)
}

/** How large it is. Throws where its header says that it is too large to be decoded, or does not say how large it is. */
export async function checkSize(picture: Picture): Promise<Size> {
  const size = await saidSize(picture)
  if (!size) throw new Error('it is no whole PNG, JPEG, WebP, GIF, BMP or AVIF')
  const { width, height } = size
  if (width === 0 || height === 0) throw new Error(`it says that it is ${width} × ${height} pixels`)
  if (width * height > MOST_PIXELS)
    throw new Error(
      `it says that it is ${width} × ${height} pixels, and ${MOST_PIXELS / 1e6} million pixels are the most`,
    )
  return size
}
