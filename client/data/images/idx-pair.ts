/** A pair of IDX files, as MNIST comes: one of pictures, one of labels. */
import type { ImageDataset } from '../../../shared/datasets/dataset.ts'
import { imageDatasetFromIdx } from '../../../shared/datasets/idx-images.ts'
import { imageShape, scaleOf } from '../../../shared/datasets/schema.ts'
import { TributaryError } from '../../../shared/errors/error.ts'
import type { ImageSchema } from '../../../shared/protocol/data.ts'
import { bytesOf, headOf, nameOf, type SourceFile } from '../files/source-file.ts'
import type { Reading } from '../readers/reading.ts'

/** By the name, or by the first bytes: two zeros, the type of the values (8: bytes), the number of dimensions. */
export async function isIdx(file: SourceFile): Promise<boolean> {
  if (/idx\d|ubyte/i.test(nameOf(file))) return true
  const [a, b, type, rank = 0] = await headOf(file, 4)
  return a === 0 && b === 0 && type === 8 && rank >= 1 && rank <= 4
}

/** Throws 'data/mismatch', 'data/malformed' or 'data/empty'. */
export async function readIdxPair(
  files: readonly SourceFile[],
  schema: ImageSchema,
  reading: Reading,
): Promise<ImageDataset> {
  const { images, labels } = sorted(files)
  const bytes = async (file: SourceFile) => ({ name: nameOf(file), bytes: await bytesOf(file) })
  const pictures = await bytes(images)
  reading.read(images.size)
  const answers = await bytes(labels)
  reading.read(labels.size)
  const dataset = imageDatasetFromIdx(pictures, answers, imageShape(schema), scaleOf(schema))
  reading.has(dataset.count)
  return dataset
}

/** Which holds pictures and which labels, by name, then by size: pictures are larger. */
function sorted(files: readonly SourceFile[]): { images: SourceFile; labels: SourceFile } {
  const [first, second, ...more] = files
  if (!first || !second || more.length > 0)
    throw new TributaryError(
      'data/mismatch',
      `IDX files come in pairs, one of pictures and one of labels; here ${files.length === 1 ? 'is' : 'are'} ${files.map(nameOf).join(', ')}. Choose the two of one set together.`,
    )
  const labels = files.find((file) => /label|idx1/i.test(nameOf(file)))
  const images = files.find((file) => file !== labels && /image|idx3|idx4/i.test(nameOf(file)))
  const [large, small] = first.size >= second.size ? [first, second] : [second, first]
  const other = (file: SourceFile) => (file === first ? second : first)
  if (labels) return { labels, images: images ?? other(labels) }
  return images ? { images, labels: other(images) } : { images: large, labels: small }
}
