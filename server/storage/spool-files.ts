import { randomBytes } from 'node:crypto'
import { access, constants, type FileHandle, mkdir, open, readdir, rm, statfs } from 'node:fs/promises'
import { join } from 'node:path'
import { TributaryError } from '../../shared/errors/error.ts'
import { fileFault } from './faults.ts'
import type { Spool, Spooled } from './spool.ts'

/** Left free on the disk for what must last: records and models. */
export const SPARE_BYTES = 64 << 20

export interface FileSpoolOptions {
  /** Free bytes of the disk that holds `folder`. */
  readonly freeBytes?: (folder: string) => Promise<number>
}

/**
 * A spool of files in one folder, which is its own: one for each update, with a random name that is taken away as soon as
 * the file is open, so that nothing is left of it after the process, however that ended. Where the system keeps the name
 * of an open file (Windows, some network disks), it goes with the file, or when the spool is opened the next time.
 * Nothing is synced: these bytes need not outlast the process.
 */
export class FileSpool implements Spool {
  private readonly folder: string
  private readonly freeBytes: (folder: string) => Promise<number>
  private readonly files = new Set<SpoolFile>()
  private creating: Promise<void> = Promise.resolve()

  private constructor(folder: string, freeBytes: (folder: string) => Promise<number>) {
    this.folder = folder
    this.freeBytes = freeBytes
  }

  /** Throws 'storage/full' or 'storage/unusable'. */
  static async open(folder: string, { freeBytes = freeOf }: FileSpoolOptions = {}): Promise<FileSpool> {
    await guard('The store cannot be used', folder, async () => {
      await mkdir(folder, { recursive: true })
      await access(folder, constants.R_OK | constants.W_OK)
      for (const name of await readdir(folder)) await rm(join(folder, name), { recursive: true, force: true })
    })
    return new FileSpool(folder, freeBytes)
  }

  /** Throws 'storage/full' also where the bytes that others were promised would not leave enough for these. */
  create(bytes: number): Promise<Spooled> {
    // One after the other, so that no two count on the same free bytes.
    const created = this.creating.then(() => this.createNext(bytes))
    this.creating = created.then(nothing, nothing)
    return created
  }

  private createNext(bytes: number): Promise<Spooled> {
    const { folder } = this
    return guard('An update cannot be written', folder, async () => {
      await this.makeSure(bytes)
      const path = join(folder, randomBytes(12).toString('hex'))
      const handle = await open(path, 'wx+', 0o600)
      const left = await rm(path).then(
        () => null,
        () => path,
      )
      const file: SpoolFile = new SpoolFile(handle, { promised: bytes, folder, path: left }, () => {
        this.files.delete(file)
      })
      this.files.add(file)
      return file
    })
  }

  private async makeSure(bytes: number): Promise<void> {
    const free = await this.freeBytes(this.folder)
    let promised = bytes
    for (const file of this.files) promised += Math.max(0, file.info.promised - file.bytes)
    if (promised + SPARE_BYTES <= free) return
    throw new TributaryError(
      'storage/full',
      `The disk of ${this.folder} has ${mib(free)} MiB free; the updates on their way need ${mib(promised)} MiB, and ${mib(SPARE_BYTES)} MiB are kept for models. Free space or choose another folder with --store.`,
    )
  }
}

function nothing(): void {}

export interface SpoolFileInfo {
  /** Bytes that room was asked for. */
  readonly promised: number
  /** Where it lies; for errors. */
  readonly folder: string
  /** Its name, to be taken away in the end; null where it has none any more. */
  readonly path: string | null
}

/** One open file. */
export class SpoolFile implements Spooled {
  readonly info: SpoolFileInfo
  private readonly handle: FileHandle
  private readonly closed: () => void
  private appended = 0
  private writing: Promise<void> = Promise.resolve()
  private disposed: Promise<void> | null = null

  constructor(handle: FileHandle, info: SpoolFileInfo, closed: () => void) {
    this.handle = handle
    this.info = info
    this.closed = closed
  }

  get bytes(): number {
    return this.appended
  }

  append(bytes: Uint8Array): Promise<void> {
    // One after the other. What failed once has left a gap: nothing is written behind it.
    this.writing = this.writing.then(() => this.write(bytes))
    return this.writing
  }

  async read(target: Uint8Array, offset: number): Promise<void> {
    await guard('An update cannot be read', this.info.folder, async () => {
      for (let done = 0; done < target.length; ) {
        const { bytesRead } = await this.handle.read(target, done, target.length - done, offset + done)
        if (bytesRead === 0) {
          throw new TributaryError('storage/corrupt', `An update’s file ends at byte ${offset + done}. Send it again.`)
        }
        done += bytesRead
      }
    })
  }

  dispose(): Promise<void> {
    this.disposed ??= this.close()
    return this.disposed
  }

  private async write(bytes: Uint8Array): Promise<void> {
    await guard('An update cannot be written', this.info.folder, async () => {
      for (let done = 0; done < bytes.length; ) {
        const at = this.appended
        const { bytesWritten } = await this.handle.write(bytes, done, bytes.length - done, at)
        done += bytesWritten
        this.appended = at + bytesWritten
      }
    })
  }

  private async close(): Promise<void> {
    try {
      const { folder, path } = this.info
      await guard('An update’s file cannot be deleted', folder, async () => {
        // Node closes a file when the operations on it have ended.
        await this.handle.close()
        if (path) await rm(path, { force: true })
      })
    } finally {
      this.closed()
    }
  }
}

async function freeOf(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(folder)
  return bavail * bsize
}

async function guard<T>(what: string, folder: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (thrown) {
    throw fileFault(what, folder, thrown)
  }
}

function mib(bytes: number): number {
  return Math.ceil(bytes / (1 << 20))
}
