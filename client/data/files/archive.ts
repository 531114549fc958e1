/** The files of a .zip, read where they lie: nothing is unpacked as a whole. */
import { TributaryError } from '../../../shared/errors/error.ts'
import { nameOf, type SourceFile } from './source-file.ts'

/** Of what an archive says of itself: more is no data set but an attempt to fill the memory. */
const MOST_BYTES = 64 * 2 ** 30
const MOST_FILES = 2_000_000
/** Deflate cannot shrink anything further than 1032 times. */
const MOST_RATIO = 1100
const SMALL = 2 ** 20

export function isZip(head: Uint8Array): boolean {
  // A local file header, or an archive without any file.
  return head[0] === 0x50 && head[1] === 0x4b && ((head[2] === 3 && head[3] === 4) || (head[2] === 5 && head[3] === 6))
}

/** Throws 'data/malformed' where it is no whole archive, is encrypted, or would unpack to more than it can hold. */
export async function filesOfZip(archive: SourceFile): Promise<SourceFile[]> {
  const { BlobReader, ZipReader, configure } = await import('@zip.js/zip.js')
  // This is a worker already, and the page's policy allows none from elsewhere.
  configure({ useWebWorkers: false })
  const malformed = (why: string, cause?: unknown) =>
    new TributaryError('data/malformed', `${archive.path} ${why}`, { cause })
  const zip = new ZipReader(new BlobReader(await archive.blob()))
  const entries = await zip.getEntries().catch((cause: unknown) => {
    throw malformed('is not a whole .zip. Download or pack it again.', cause)
  })
  if (entries.length > MOST_FILES) throw malformed(`holds ${entries.length} files; ${MOST_FILES} is the most.`)
  const files = entries.flatMap((entry) => {
    if (entry.directory || entry.filename.split('/').some(isClutter)) return []
    if (entry.encrypted) throw malformed(`is encrypted (${entry.filename}). Unpack it, and choose the folder.`)
    const { uncompressedSize: size, compressedSize } = entry
    if (size > SMALL && size > compressedSize * MOST_RATIO)
      throw malformed(
        `says that ${entry.filename} unpacks to ${Math.round(size / compressedSize)} times its size, which no file does. It is damaged, or made to do harm.`,
      )
    const path = entry.filename
    const unpack = (to: WritableStream<Uint8Array>) =>
      entry.getData(to, { checkSignature: true }).catch((cause: unknown) => {
        throw malformed(`is damaged at ${entry.filename}. Download or pack it again.`, cause)
      })
    const stream = () => {
      const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>(atMost(size, archive, path))
      const writer = writable.getWriter()
      const sink = new WritableStream<Uint8Array>({ write: (chunk) => writer.write(chunk) })
      unpack(sink)
        .then(
          () => writer.close(),
          (thrown) => writer.abort(thrown),
        )
        // Whoever stops reading needs to know nothing.
        .catch(() => {})
      return readable
    }
    return [{ path, size, stream, blob: () => new Response(stream()).blob() }]
  })
  const total = files.reduce((sum, { size }) => sum + size, 0)
  if (total > MOST_BYTES)
    throw malformed(`unpacks to ${Math.round(total / 2 ** 30)} GB; ${MOST_BYTES / 2 ** 30} GB is the most.`)
  return files
}

/** What systems add to folders and archives by themselves: the name of a file, or of a folder. */
export function isClutter(name: string): boolean {
  return name.startsWith('.') || ['__MACOSX', 'Thumbs.db', 'desktop.ini'].includes(name)
}

/** An entry that has more bytes than it says is not believed anything else either. */
function atMost(size: number, archive: SourceFile, path: string): Transformer<Uint8Array, Uint8Array> {
  let seen = 0
  return {
    transform(chunk, controller) {
      seen += chunk.length
      if (seen <= size) controller.enqueue(chunk)
      else
        controller.error(
          new TributaryError(
            'data/malformed',
            `${nameOf(archive)} says that ${path} has ${size} bytes, and it has more. It is damaged, or made to do harm.`,
          ),
        )
    },
  }
}
