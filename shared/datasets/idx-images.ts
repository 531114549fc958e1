import { TributaryError } from '../errors/error.ts'
import { type ImageDataset, type ImageShape, imageDataset, type Scale } from './dataset.ts'
import { type IdxArray, readIdx } from './idx.ts'

/** A file's name, for the errors, and its contents. */
export interface NamedBytes {
  readonly name: string
  readonly bytes: Uint8Array
}

/**
 * A dataset from a pair of IDX files, as MNIST comes: images (count × height × width, with × channels last where
 * there is more than one) and labels (count). Whatever does not fit the `expected` shape or the other file is an
 * error: 'data/malformed', 'data/empty', 'data/mismatch'. The pixels are a view on the images' bytes.
 */
export function imageDatasetFromIdx(
  images: NamedBytes,
  labels: NamedBytes,
  expected: ImageShape,
  scale?: Scale,
): ImageDataset {
  const pictures = readIdx(images.bytes, images.name)
  const answers = readIdx(labels.bytes, labels.name)
  checkKinds(images.name, pictures, labels.name, answers)
  checkSize(images.name, pictures.shape, expected)
  const count = pictures.shape[0]
  if (count !== answers.shape[0]) {
    throw mismatch(
      `${images.name} has ${count} images, ${labels.name} has ${answers.shape[0]} labels. ` +
        'Choose the two files of the same set (training with training, test with test).',
    )
  }
  const wrong = answers.data.findIndex((label) => label >= expected.classes)
  if (wrong >= 0) {
    throw mismatch(
      `${labels.name} has label ${answers.data[wrong]} at example ${wrong} (counted from 0); this job's labels go ` +
        `from 0 to ${expected.classes - 1}. Correct the label or remove the example and its image.`,
    )
  }
  return imageDataset(expected, pictures.data, answers.data, scale)
}

function checkKinds(imagesName: string, images: IdxArray, labelsName: string, labels: IdxArray): void {
  const imagesAreLabels = images.shape.length === 1
  const labelsAreImages = labels.shape.length >= 3
  if (imagesAreLabels && labelsAreImages) {
    throw mismatch(`${imagesName} holds labels and ${labelsName} holds images. Choose them the other way round.`)
  }
  if (imagesAreLabels) {
    throw mismatch(`${imagesName} holds labels, not images. Choose the images' file here (its name has "images").`)
  }
  if (labelsAreImages) {
    throw mismatch(`${labelsName} holds images, not labels. Choose the labels' file here (its name has "labels").`)
  }
  if (labels.shape.length !== 1) {
    throw mismatch(
      `${labelsName} has ${labels.shape.length} dimensions; labels have one, a number per image. ` +
        'Choose a file with one label per image.',
    )
  }
}

function checkSize(name: string, shape: readonly number[], expected: ImageShape): void {
  const { width, height, channels } = expected
  const [, rows, columns, depth] = shape
  const flat = shape.length === 3 && channels === 1
  if (rows === height && columns === width && (flat || depth === channels)) return
  throw mismatch(
    `${name} has images of ${shape.slice(1).join(' × ')}; this job needs ${height} × ${width}` +
      `${channels === 1 ? '' : ` × ${channels}`} (height × width${channels === 1 ? '' : ' × channels'}). ` +
      'Choose images of that size, or resize these.',
  )
}

function mismatch(message: string): TributaryError {
  return new TributaryError('data/mismatch', message)
}
