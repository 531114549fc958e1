import { filesOfZip, isClutter, isZip } from '../files/archive.ts'
import { extensionOf, headOf, nameOf, type SourceFile, unzipped } from '../files/source-file.ts'
import { isPicture } from '../images/pictures.ts'

/** Archives are replaced by what is in them; what is zipped by itself is unzipped as it is read. */
export async function unpacked(chosen: readonly SourceFile[]): Promise<SourceFile[]> {
  const all: SourceFile[] = []
  for (const packed of chosen) {
    if (isClutter(nameOf(packed))) continue
    // Nobody zips a picture, and of pictures there may be many.
    const file = isPicture(packed) && !isGzip(packed) ? packed : await unzipped(packed)
    const extension = extensionOf(file)
    // Of many files most have a name that says it all; of others the first bytes are looked at.
    const named = extension === 'zip' || extension === 'npz' || (extension === '' && isZip(await headOf(file, 4)))
    if (!named) all.push(file)
    else for (const inner of await filesOfZip(file)) all.push(isGzip(inner) ? await unzipped(inner) : inner)
  }
  return all
}

const isGzip = ({ path }: SourceFile): boolean => /\.gz$/i.test(path)
