/** Folders of pictures, a folder for each class. */
import { errorInfo, TributaryError } from '../../../shared/errors/error.ts'
import type { ImageSchema } from '../../../shared/protocol/data.ts'
import { extensionOf, folderOf, type SourceFile } from '../files/source-file.ts'
import { classPlaces } from '../readers/class-names.ts'
import type { Reading } from '../readers/reading.ts'
import { listed } from '../readers/words.ts'
import { ahead, type Outcome } from './ahead.ts'
import type { Decode } from './decode.ts'
import type { ImageExamples } from './examples.ts'
import { groupsOf, opened, type Picture } from './opened.ts'

const PICTURES = new Set(['png', 'jpg', 'jpeg', 'webp', 'gif', 'bmp', 'avif', 'svg'])

/** Pictures that are under way: browsers decode on threads of their own, and reading files takes its time. */
const AT_ONCE = 6

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
  const labelOf = (file: SourceFile) => placeOf(folderOf(file) ?? '')
  for (const group of groupsOf(files)) {
    const known = group.filter((file) => labelOf(file) !== undefined)
    for (const file of group) {
      if (known.includes(file)) continue
      const folder = folderOf(file)
      reading.report.skip(file.path, folder ? `the folder “${folder}” is no class` : 'it lies in no folder')
      reading.read(file.size)
    }
    const pictures = await opened(known)
    const pixelsOf = async (picture: Outcome<Picture>) => {
      if ('thrown' in picture) throw picture.thrown
      return decode(picture.value, schema)
    }
    let i = 0
    for await (const [, outcome] of ahead(pictures, AT_ONCE, pixelsOf)) {
      const file = known[i++] as SourceFile
      if ('value' in outcome) to.add(outcome.value, labelOf(file) as number)
      else reading.report.skip(file.path, `it cannot be read as a picture (${errorInfo(outcome.thrown).message})`)
      reading.read(file.size)
      reading.has(to.count)
    }
  }
}
