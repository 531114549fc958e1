import { createHash, randomBytes } from 'node:crypto'
import { access, constants, type FileHandle, mkdir, open, readdir, rename, rm, stat, statfs } from 'node:fs/promises'
import { join } from 'node:path'
import type { BlobStore } from './blobs.ts'
import { damaged, fileFault, isMissing } from './faults.ts'
import { unknownBlob } from './memory.ts'

const READ_BYTES = 1 << 20
const INCOMING = /^[0-9a-f]{16}$/

/** Blobs as files, `ab/cdef…`: written beside, synced, then renamed, so that a name stands for whole bytes only. */
export class FileBlobStore implements BlobStore {
  private readonly folder: string

  private constructor(folder: string) {
    this.folder = folder
  }

  /** Also takes away what a process that was killed had begun to write: nobody else may be writing to this folder. */
  static async open(folder: string): Promise<FileBlobStore> {
    const incoming = join(folder, 'incoming')
    try {
      await mkdir(incoming, { recursive: true })
      await access(incoming, constants.R_OK | constants.W_OK)
      for (const name of await readdir(incoming)) if (INCOMING.test(name)) await rm(join(incoming, name))
    } catch (thrown) {
      throw fileFault('The store cannot be used', folder, thrown)
    }
    return new FileBlobStore(folder)
  }

  async put(pieces: Iterable<Uint8Array>): Promise<{ digest: string; bytes: number }> {
    const incoming = join(this.folder, 'incoming', randomBytes(8).toString('hex'))
    const hash = createHash('sha256')
    const written = { bytes: 0 }
    try {
      const file = await open(incoming, 'wx')
      try {
        await write(file, counted(pieces, written), hash.update.bind(hash))
        await file.sync()
      } finally {
        await file.close()
      }
      const digest = hash.digest('hex')
      const folder = join(this.folder, digest.slice(0, 2))
      await mkdir(folder, { recursive: true })
      await rename(incoming, this.path(digest))
      await syncFolder(folder)
      return { digest, bytes: written.bytes }
    } catch (thrown) {
      await rm(incoming, { force: true }).catch(() => {})
      const room = { wanted: written.bytes, free: await this.free() }
      throw fileFault('A model cannot be written', this.folder, thrown, room)
    }
  }

  async *read(digest: string): AsyncIterable<Uint8Array> {
    const path = this.path(digest)
    const hash = createHash('sha256')
    const file = await this.openToRead(digest)
    try {
      // One piece is held back, so that the digest is checked before the last one is given out.
      let held: Uint8Array | null = null
      for await (const piece of piecesOf(file, path)) {
        hash.update(piece)
        if (held) yield held
        held = piece
      }
      if (hash.digest('hex') !== digest) {
        throw damaged(`The file ${path} is damaged: it does not have the sha256 in its name any more.`)
      }
      if (held) yield held
    } finally {
      await file.close()
    }
  }

  async size(digest: string): Promise<number | null> {
    const path = this.path(digest)
    try {
      return (await stat(path)).size
    } catch (thrown) {
      if (isMissing(thrown)) return null
      throw fileFault('A model cannot be read', path, thrown)
    }
  }

  /** Not synced: a file that comes back after a power cut is one that no record names, and goes at the next start. */
  async delete(digest: string): Promise<void> {
    const path = this.path(digest)
    try {
      await rm(path, { force: true })
    } catch (thrown) {
      throw fileFault('A model that is not kept any more cannot be deleted', path, thrown)
    }
  }

  async *list(): AsyncIterable<string> {
    try {
      for (const head of await readdir(this.folder)) {
        if (!/^[0-9a-f]{2}$/.test(head)) continue
        for (const rest of await readdir(join(this.folder, head))) if (/^[0-9a-f]{62}$/.test(rest)) yield head + rest
      }
    } catch (thrown) {
      throw fileFault('The store cannot be listed', this.folder, thrown)
    }
  }

  private path(digest: string): string {
    return join(this.folder, digest.slice(0, 2), digest.slice(2))
  }

  private async openToRead(digest: string): Promise<FileHandle> {
    try {
      return await open(this.path(digest), 'r')
    } catch (thrown) {
      if (isMissing(thrown)) throw unknownBlob(digest)
      throw fileFault('A model cannot be read', this.path(digest), thrown)
    }
  }

  private async free(): Promise<number | null> {
    try {
      const { bavail, bsize } = await statfs(this.folder)
      return bavail * bsize
    } catch {
      return null
    }
  }
}

function* counted(pieces: Iterable<Uint8Array>, sum: { bytes: number }): Generator<Uint8Array> {
  for (const piece of pieces) {
    sum.bytes += piece.length
    yield piece
  }
}

/** After an error the rest is still asked for, though not written: the error then says how much was wanted in all. */
async function write(file: FileHandle, pieces: Iterable<Uint8Array>, each: (piece: Uint8Array) => void): Promise<void> {
  let fault: { thrown: unknown } | null = null
  for (const piece of pieces) {
    if (fault) continue
    each(piece)
    try {
      await file.writeFile(piece)
    } catch (thrown) {
      fault = { thrown }
    }
  }
  if (fault) throw fault.thrown
}

/** Buffers as large as what is left: most files are small, and a crowd reads many of them at once. */
async function* piecesOf(file: FileHandle, path: string): AsyncIterable<Uint8Array> {
  try {
    let { size: left } = await file.stat()
    while (left > 0) {
      const buffer = new Uint8Array(Math.min(left, READ_BYTES))
      const { bytesRead } = await file.read(buffer)
      if (bytesRead === 0) return
      left -= bytesRead
      yield buffer.subarray(0, bytesRead)
    }
  } catch (thrown) {
    throw fileFault('A model cannot be read', path, thrown)
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
