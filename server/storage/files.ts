import { createHash, randomBytes } from 'node:crypto'
import { mkdir, open, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { TributaryError } from '../../shared/errors/error.ts'
import type { BlobStore } from './blobs.ts'
import { unknownBlob } from './memory.ts'

const READ_BYTES = 1 << 20

/** Blobs as files, `ab/cdef…`: written beside, synced, then renamed, so that a name stands for whole bytes only. */
export class FileBlobStore implements BlobStore {
  private readonly folder: string

  private constructor(folder: string) {
    this.folder = folder
  }

  static async open(folder: string): Promise<FileBlobStore> {
    await guard(`The folder ${folder} cannot be used`, () => mkdir(join(folder, 'incoming'), { recursive: true }))
    return new FileBlobStore(folder)
  }

  async put(pieces: Iterable<Uint8Array>): Promise<{ digest: string; bytes: number }> {
    const incoming = join(this.folder, 'incoming', randomBytes(8).toString('hex'))
    return guard(`A model cannot be written to ${this.folder}`, async () => {
      const hash = createHash('sha256')
      let bytes = 0
      try {
        const file = await open(incoming, 'wx')
        try {
          for (const piece of pieces) {
            hash.update(piece)
            bytes += piece.length
            await file.writeFile(piece)
          }
          await file.sync()
        } finally {
          await file.close()
        }
        const digest = hash.digest('hex')
        await mkdir(join(this.folder, digest.slice(0, 2)), { recursive: true })
        await rename(incoming, this.path(digest))
        await syncFolder(join(this.folder, digest.slice(0, 2)))
        return { digest, bytes }
      } catch (thrown) {
        await rm(incoming, { force: true })
        throw thrown
      }
    })
  }

  async *read(digest: string): AsyncIterable<Uint8Array> {
    if ((await this.size(digest)) === null) throw unknownBlob(digest)
    const hash = createHash('sha256')
    const file = await guard(`The blob ${digest} cannot be read`, () => open(this.path(digest), 'r'))
    try {
      // One piece is held back, so that the digest is checked before the last one is given out.
      let held: Uint8Array | null = null
      for (;;) {
        const buffer = new Uint8Array(READ_BYTES)
        const { bytesRead } = await file.read(buffer, 0, READ_BYTES)
        if (bytesRead === 0) break
        const piece = buffer.subarray(0, bytesRead)
        hash.update(piece)
        if (held) yield held
        held = piece
      }
      if (hash.digest('hex') !== digest) {
        throw new TributaryError(
          'storage/corrupt',
          `The file ${this.path(digest)} does not have the sha256 in its name any more. Restore it from a backup.`,
        )
      }
      if (held) yield held
    } finally {
      await file.close()
    }
  }

  async size(digest: string): Promise<number | null> {
    try {
      return (await stat(this.path(digest))).size
    } catch (thrown) {
      if ((thrown as NodeJS.ErrnoException).code === 'ENOENT') return null
      throw storageError(`The blob ${digest} cannot be read`, thrown)
    }
  }

  private path(digest: string): string {
    return join(this.folder, digest.slice(0, 2), digest.slice(2))
  }
}

async function syncFolder(folder: string): Promise<void> {
  // Windows cannot open folders; there the rename itself is all that can be asked for.
  if (process.platform === 'win32') return
  const handle = await open(folder, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

async function guard<T>(what: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (thrown) {
    throw storageError(what, thrown)
  }
}

export function storageError(what: string, cause: unknown): TributaryError {
  if (cause instanceof TributaryError) return cause
  const why = cause instanceof Error ? cause.message : String(cause)
  return new TributaryError('storage/unusable', `${what}: ${why}. Free space or choose another folder with --store.`, {
    cause,
  })
}
