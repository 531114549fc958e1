/** A file that somebody chose, wherever it lies: on the disk, in a folder, in an archive. */
import { errorInfo, TributaryError } from '../../../shared/errors/error.ts'

export interface SourceFile {
  /** With the folders that it lies in: "pets/cats/1.jpg". */
  readonly path: string
  /** Bytes; where it is unzipped as it is read, those before. */
  readonly size: number
  /** Whether it is unzipped as it is read: nobody knows then how long it is. */
  readonly zipped?: true
  /** From its beginning; may be asked for again. */
  stream(): ReadableStream<Uint8Array>
  /** At once, as something that any part of can be read. */
  blob(): Promise<Blob>
}

export function sourceFile(blob: Blob, path: string): SourceFile {
  return { path, size: blob.size, stream: () => blob.stream(), blob: async () => blob }
}

/** "1.jpg" of "pets/cats/1.jpg". */
export function nameOf({ path }: SourceFile): string {
  return path.slice(path.lastIndexOf('/') + 1)
}

/** "cats" of "pets/cats/1.jpg"; null of a file that lies in no folder. */
export function folderOf({ path }: SourceFile): string | null {
  return path.split('/').at(-2) ?? null
}

/** In lower case, without the dot, and without a .gz after it. */
export function extensionOf(file: SourceFile): string {
  const name = nameOf(file).toLowerCase().replace(/\.gz$/, '')
  return name.includes('.') ? name.slice(name.lastIndexOf('.') + 1) : ''
}

/** Its first bytes, fewer where it is shorter. */
export async function headOf(file: SourceFile, bytes: number): Promise<Uint8Array> {
  const head = new Uint8Array(bytes)
  let at = 0
  for await (const chunk of chunksOf(file.stream(), file)) {
    const part = chunk.subarray(0, bytes - at)
    head.set(part, at)
    at += part.length
    if (at === bytes) break
  }
  return head.subarray(0, at)
}

/** At once, of what is unzipped: more is no data set but an attempt to fill the memory. */
const MOST_UNZIPPED = 4 * 2 ** 30

/** The file, unzipped where it is gzip by its first two bytes. */
export async function unzipped(file: SourceFile): Promise<SourceFile> {
  const [first, second] = await headOf(file, 2)
  if (first !== 0x1f || second !== 0x8b) return file
  const inflate = () => file.stream().pipeThrough(new DecompressionStream('gzip') as ReadableWritablePair<Uint8Array>)
  const unzipped: SourceFile = { ...file, zipped: true, stream: inflate, blob: () => blobOf(unzipped, MOST_UNZIPPED) }
  return unzipped
}

/** The chunks of a stream of this file. What goes wrong in it is 'data/malformed', with the file's name. */
export async function* chunksOf(stream: ReadableStream<Uint8Array>, file: SourceFile): AsyncGenerator<Uint8Array> {
  const reader = stream.getReader()
  try {
    for (;;) {
      const { done, value } = await reader.read().catch((cause: unknown) => {
        throw broken(file, cause)
      })
      if (done) return
      yield value
    }
  } finally {
    // Whoever has seen enough leaves the rest.
    await reader.cancel().catch(() => {})
  }
}

export async function bytesOf(file: SourceFile): Promise<Uint8Array> {
  try {
    return new Uint8Array(await (await file.blob()).arrayBuffer())
  } catch (cause) {
    throw broken(file, cause)
  }
}

/** How many bytes there are to read; of what is zipped, by reading them. */
export async function lengthOf(file: SourceFile): Promise<number> {
  if (!file.zipped) return file.size
  let length = 0
  for await (const chunk of chunksOf(file.stream(), file)) length += chunk.length
  return length
}

/** All of it. Of what is unzipped: 'data/malformed' before more than `most` bytes are held. */
export async function blobOf(file: SourceFile, most: number): Promise<Blob> {
  if (!file.zipped) return file.blob()
  const chunks: BlobPart[] = []
  let length = 0
  for await (const chunk of chunksOf(file.stream(), file)) {
    length += chunk.length
    if (length > most)
      throw new TributaryError(
        'data/malformed',
        `${file.path} unpacks to more than ${Math.round(most / 1e6)} MB, which is more than is taken at once. Is it damaged, or made to do harm?`,
      )
    chunks.push(chunk as Uint8Array<ArrayBuffer>)
  }
  return new Blob(chunks)
}

function broken(file: SourceFile, cause: unknown): TributaryError {
  if (cause instanceof TributaryError) return cause
  const packed = nameOf(file).endsWith('.gz') ? 'is not a whole gzip file. Download or pack it again.' : null
  const why = packed ?? `cannot be read to its end (${errorInfo(cause).message}). Choose it again.`
  return new TributaryError('data/malformed', `${file.path} ${why}`, { cause })
}
