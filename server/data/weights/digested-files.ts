import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { errorInfo, TributaryError } from '../../../shared/errors/error.ts'

/** Reads bytes of files, taking each into the digest of all. */
export class DigestedFiles {
  private readonly hash = createHash('sha256')

  /** A file's bytes, in pieces. Throws 'job/weights'. */
  async *pieces(path: string): AsyncGenerator<Uint8Array> {
    try {
      for await (const piece of createReadStream(path, { highWaterMark: 1 << 20 })) {
        this.hash.update(piece as Buffer)
        yield piece as Buffer
      }
    } catch (cause) {
      throw unusable(path, `cannot be read: ${errorInfo(cause).message}.`, cause)
    }
  }

  /** How long a file is. Throws 'job/weights'. */
  async size(path: string): Promise<number> {
    try {
      return (await stat(path)).size
    } catch (cause) {
      throw unusable(path, `cannot be read: ${errorInfo(cause).message}.`, cause)
    }
  }

  sha256(): string {
    return this.hash.digest('hex')
  }
}

export function unusable(path: string, what: string, cause?: unknown): TributaryError {
  if (cause instanceof TributaryError) return cause
  return new TributaryError('job/weights', `The weights ${path}: it ${what}`, { cause })
}
