/** Folders of pictures, a folder for each class. */
import { errorInfo, TributaryError } from '../../../shared/errors/error.ts'
import type { ImageSchema } from '../../../shared/protocol/data.ts'
import { extensionOf, folderOf, type SourceFile } from '../files/source-file.ts'
import { classPlaces } from '../readers/class-names.ts'
import type { Reading } from '../readers/reading.ts'
import { listed } from '../readers/words.ts'
import { pictureBytes } from './bounds.ts'
import type { Decode } from './decode.ts'
import type { ImageExamples } from './examples.ts'

const PICTURES = new Set(['png', 'jpg', 'jpeg', 'webp', 'gif', 'bmp', 'avif', 'svg'])

export function isPicture(file: SourceFile): boolean {
  return PICTURES.has(extensionOf(file))
}

/** Pictures of a folder that is no class, and those that cannot be read, are left out and reported. */
export async function addPictures(
  files: readonly SourceFile[],
  schema: ImageSchema,
  decode: Decode,
  to: ImageExamples,
  reading: Reading,
): Promise<void> {
  const placeOf = classPlaces(schema.classes)
  const folders = new Set(files.map((file) => folderOf(file) ?? ''))
  if (![...folders].some((folder) => placeOf(folder) !== undefined))
    throw new TributaryError(
      'data/mismatch',
      `The folder’s name says what a picture is of, and none of ${listed([...folders].map((name) => name || '(no folder)'))} is a class of this job: ${listed(schema.classes)}. Put the pictures into folders of these names, and choose the folder that holds them.`,
    )
  to.reserve(files.filter((file) => placeOf(folderOf(file) ?? '') !== undefined).length)
  for (const file of files) {
    const folder = folderOf(file) ?? ''
    const label = placeOf(folder)
    if (label === undefined) {
      reading.report.skip(file.path, folder === '' ? 'it lies in no folder' : `the folder “${folder}” is no class`)
    } else {
      try {
        to.add(await decode(await pictureBytes(file), schema), label)
      } catch (thrown) {
        reading.report.skip(file.path, `it cannot be read as a picture (${errorInfo(thrown).message})`)
      }
    }
    reading.read(file.size)
    reading.has(to.count)
  }
}
