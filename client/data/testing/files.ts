/** For tests of readers: files made on the spot, and reading them. */
import type { DataSchema } from '../../../shared/protocol/data.ts'
import { type SourceFile, sourceFile } from '../files/source-file.ts'
import type { Decode } from '../images/decode.ts'
import { readFiles } from '../readers/read-files.ts'
import type { ReadProgress } from '../readers/reading.ts'
import type { Mapping } from '../tables/columns.ts'

type Content = string | Uint8Array | Blob

export function file(path: string, ...content: Content[]): SourceFile {
  return sourceFile(new Blob(content as BlobPart[]), path)
}

/** Every pixel of the picture is its first byte; one that begins with 255 is none. */
const firstByte: Decode = async ({ bytes }, { width, height, channels }) => {
  const [value = 255] = new Uint8Array(await bytes.arrayBuffer())
  if (value === 255) throw new Error('no picture')
  return new Uint8Array(width * height * channels).fill(value)
}

export async function readAll(files: readonly SourceFile[], schema: DataSchema, mapping: Mapping = {}) {
  const progress: ReadProgress[] = []
  const { signal } = new AbortController()
  const onProgress = (at: ReadProgress) => progress.push(at)
  const read = await readFiles(files, schema, { decode: firstByte, signal, onProgress, mapping })
  return { ...read, progress }
}

/** The sentence with which files are refused, after its code. */
export async function refusal(files: readonly SourceFile[], schema: DataSchema): Promise<string> {
  try {
    await readAll(files, schema)
  } catch (thrown) {
    const { code, message } = thrown as { code?: string; message: string }
    return `${code} ${message}`
  }
  return 'accepted'
}
