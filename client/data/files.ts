import type { NamedBytes } from '../../shared/datasets/idx-images.ts'
import { TributaryError } from '../../shared/errors/error.ts'

/** A file's bytes, unzipped where it is gzip by its first two bytes. */
export async function readFileBytes(file: File): Promise<NamedBytes> {
  const head = new Uint8Array(await file.slice(0, 2).arrayBuffer())
  const zipped = head[0] === 0x1f && head[1] === 0x8b
  try {
    const stream = zipped ? file.stream().pipeThrough(new DecompressionStream('gzip')) : file.stream()
    return { name: file.name, bytes: new Uint8Array(await new Response(stream).arrayBuffer()) }
  } catch (cause) {
    const why = zipped ? 'is not a whole gzip file. Download or pack it again.' : 'cannot be read. Choose it again.'
    throw new TributaryError('data/malformed', `${file.name} ${why}`, { cause })
  }
}
