/** CIFAR-10 and CIFAR-100 in their binary versions (Krizhevsky 2009): labels, then 1024 reds, greens and blues. */
import { TributaryError } from '../../../shared/errors/error.ts'
import type { ImageSchema } from '../../../shared/protocol/data.ts'
import { chunksOf, extensionOf, lengthOf, nameOf, type SourceFile } from '../files/source-file.ts'
import type { Reading } from '../readers/reading.ts'
import type { ImageExamples } from './examples.ts'

const SIDE = 32
const PIXELS = SIDE * SIDE

/** Labels of a record: CIFAR-100 has a coarse one before the fine one. null where it is neither. */
function labelsOf(file: SourceFile, length: number): 1 | 2 | null {
  const perRecord = ([1, 2] as const).filter((labels) => length % (labels + 3 * PIXELS) === 0)
  if (perRecord.length === 2) return /^(train|test)\.bin(\.gz)?$/i.test(nameOf(file)) ? 2 : 1
  return perRecord[0] ?? null
}

export function isCifar(file: SourceFile): boolean {
  return extensionOf(file) === 'bin'
}

/** Adds the file's pictures. Throws 'data/mismatch' where the job takes others, 'data/malformed' where it is no such file. */
export async function addCifar(
  file: SourceFile,
  schema: ImageSchema,
  to: ImageExamples,
  reading: Reading,
): Promise<void> {
  const length = await lengthOf(file)
  const labels = labelsOf(file, length)
  if (labels === null || length === 0)
    throw new TributaryError(
      'data/malformed',
      `${file.path} has ${length} bytes, which is no whole number of CIFAR records (3,073 or 3,074 bytes each). Download it again.`,
    )
  const { width, height, channels, classes } = schema
  if (width !== SIDE || height !== SIDE || channels !== 3)
    throw new TributaryError(
      'data/mismatch',
      `${file.path} has colour pictures of 32 × 32; this job takes ${width} × ${height} with ${channels} channel(s). Choose other pictures.`,
    )
  const size = labels + 3 * PIXELS
  const record = new Uint8Array(size)
  let filled = 0
  let number = 0
  for await (const chunk of chunksOf(file.stream(), file)) {
    for (let at = 0; at < chunk.length; ) {
      const part = chunk.subarray(at, at + size - filled)
      record.set(part, filled)
      filled += part.length
      at += part.length
      if (filled < size) continue
      filled = 0
      number++
      const label = record[labels - 1] as number
      if (label >= classes.length) {
        reading.report.skip(file.path, `its label is ${label}, and the job has ${classes.length} classes`, number)
        continue
      }
      interleave(record.subarray(labels), to.next(label))
    }
    reading.read(chunk.length)
    reading.has(to.count)
  }
  if (filled > 0)
    throw new TributaryError('data/malformed', `${file.path} ends in the middle of a picture. Download it again.`)
}

/** From planes of colours to the colours of each pixel. */
function interleave(planes: Uint8Array, pixels: Uint8Array): void {
  for (let i = 0, at = 0; i < PIXELS; i++, at += 3) {
    pixels[at] = planes[i] as number
    pixels[at + 1] = planes[i + PIXELS] as number
    pixels[at + 2] = planes[i + 2 * PIXELS] as number
  }
}
