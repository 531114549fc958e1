/** Pictures with their first bytes, which say how large each is: read for many at a time, since each reading costs more than it reads. */
import type { SourceFile } from '../files/source-file.ts'
import { type Outcome, outcomeOf } from './ahead.ts'
import { pictureBytes } from './bounds.ts'

export interface Picture {
  readonly bytes: Blob
  /** All of a small one. */
  readonly head: Uint8Array<ArrayBuffer>
}

const HEAD = 4096
/** Of files that are opened together. What lies in an archive is unpacked meanwhile. */
const MOST_FILES = 64
const MOST_BYTES = 16 * 2 ** 20

/** In their order. What is zipped by itself may hold anything, and is opened alone. */
export function* groupsOf(files: readonly SourceFile[]): Generator<readonly SourceFile[]> {
  let group: SourceFile[] = []
  let bytes = 0
  for (const file of files) {
    const full = group.length === MOST_FILES || bytes + file.size > MOST_BYTES || file.zipped || group[0]?.zipped
    if (group.length > 0 && full) {
      yield group
      group = []
      bytes = 0
    }
    group.push(file)
    bytes += file.size
  }
  if (group.length > 0) yield group
}

export async function opened(group: readonly SourceFile[]): Promise<Outcome<Picture>[]> {
  const blobs = await Promise.all(group.map((file) => outcomeOf(pictureBytes(file))))
  const there = blobs.flatMap((blob) => ('value' in blob ? [blob.value] : []))
  // Where one cannot be read, which may be any, each is asked for by itself.
  const heads = await headsOf(there).catch(() => null)
  let next = 0
  return Promise.all(
    blobs.map((blob) => {
      if ('thrown' in blob) return blob
      const head = heads?.[next++]
      const bytes = blob.value
      return outcomeOf(head ? Promise.resolve({ bytes, head }) : alone(bytes))
    }),
  )
}

async function headsOf(blobs: readonly Blob[]): Promise<Uint8Array<ArrayBuffer>[]> {
  const all = new Uint8Array(
    await new Blob(blobs.map((blob) => (blob.size > HEAD ? blob.slice(0, HEAD) : blob))).arrayBuffer(),
  )
  let at = 0
  return blobs.map(({ size }) => {
    const from = at
    at += Math.min(size, HEAD)
    return all.subarray(from, at)
  })
}

async function alone(bytes: Blob): Promise<Picture> {
  const [head] = await headsOf([bytes])
  return { bytes, head: head ?? new Uint8Array(0) }
}
