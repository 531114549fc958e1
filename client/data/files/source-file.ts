/** A file that somebody chose, wherever it lies: on the disk, in a folder, in an archive. */
import { errorInfo, TributaryError } from '../../../shared/errors/error.ts'

export interface SourceFile {
  /** With the folders that it lies in: "pets/cats/1.jpg". */
  readonly path: string
  /** Bytes. */
  readonly size: number
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

/** The file, unzipped where it is gzip by its first two bytes. */
export async function unzipped(file: SourceFile): Promise<SourceFile> {
  const [first, second] = await headOf(file, 2)
  if (first !== 0x1f || second !== 0x8b) return file
  const inflate = () => file.stream().pipeThrough(new DecompressionStream('gzip') as ReadableWritablePair<Uint8Array>)
  return { ...file, stream: inflate, blob: () => new Response(inflate()).blob() }
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

function broken(file: SourceFile, cause: unknown): TributaryError {
  if (cause instanceof TributaryError) return cause
  const packed = nameOf(file).endsWith('.gz') ? 'is not a whole gzip file. Download or pack it again.' : null
  const why = packed ?? `cannot be read to its end (${errorInfo(cause).message}). Choose it again.`
  return new TributaryError('data/malformed', `${file.path} ${why}`, { cause })
}
