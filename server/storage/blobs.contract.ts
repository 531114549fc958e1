/** What every BlobStore must do: see the duties in blobs.ts. */
import { createHash } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { BlobStore } from './blobs.ts'
import { codeOf } from './testing.ts'

export interface BlobStoreCase {
  readonly store: BlobStore
  clean(): Promise<void>
}

export async function readAll(store: BlobStore, digest: string): Promise<Buffer> {
  const pieces: Uint8Array[] = []
  for await (const piece of store.read(digest)) pieces.push(piece)
  return Buffer.concat(pieces)
}

async function listed(store: BlobStore): Promise<string[]> {
  const digests: string[] = []
  for await (const digest of store.list()) digests.push(digest)
  return digests.sort()
}

export function blobStoreContract(name: string, open: () => Promise<BlobStoreCase>): void {
  describe(`BlobStore: ${name}`, () => {
    let made: BlobStoreCase
    let store: BlobStore
    beforeEach(async () => {
      made = await open()
      store = made.store
    })
    afterEach(() => made.clean())

    it.each([
      ['nothing', 0],
      ['one byte', 1],
      ['some', 10_000],
      ['more than is read at once', 2_500_000],
    ])('gives back exactly what was put, under its sha256: %s', async (_, length) => {
      const bytes = Buffer.from(Uint8Array.from({ length }, (_value, i) => (i * 31 + (i >> 8)) & 0xff))
      const digest = createHash('sha256').update(bytes).digest('hex')
      const pieces = [bytes.subarray(0, 3), bytes.subarray(3, 3), bytes.subarray(3)]
      expect(await store.put(pieces)).toEqual({ digest, bytes: length })
      expect(await store.size(digest)).toBe(length)
      expect((await readAll(store, digest)).equals(bytes)).toBe(true)
    })

    it('keeps a copy: what happens to the pieces afterwards does not matter', async () => {
      const piece = Uint8Array.of(1, 2, 3)
      const { digest } = await store.put([piece])
      piece.fill(0)
      expect([...(await readAll(store, digest))]).toEqual([1, 2, 3])
    })

    it('takes the same bytes twice, also at once', async () => {
      const bytes = [Uint8Array.of(7, 8)]
      const [first, second] = await Promise.all([store.put(bytes), store.put(bytes)])
      expect(second).toEqual(first)
      expect(await store.put(bytes)).toEqual(first)
      expect([...(await readAll(store, first.digest))]).toEqual([7, 8])
    })

    it('knows nothing of other digests', async () => {
      await store.put([Uint8Array.of(1)])
      const digest = '0'.repeat(64)
      expect(await store.size(digest)).toBeNull()
      expect(await codeOf(readAll(store, digest))).toBe('model/unknown')
    })

    it('keeps nothing of a blob that could not be put whole', async () => {
      function* breaking(): Generator<Uint8Array> {
        yield Uint8Array.of(1, 2)
        throw new Error('the source broke')
      }
      await expect(store.put(breaking())).rejects.toThrow('the source broke')
      expect(await store.size(createHash('sha256').update(Uint8Array.of(1, 2)).digest('hex'))).toBeNull()
    })

    it('lists what it holds, each blob once', async () => {
      expect(await listed(store)).toEqual([])
      const made = [await store.put([Uint8Array.of(1)]), await store.put([Uint8Array.of(2)]), await store.put([])]
      await store.put([Uint8Array.of(2)])
      expect(await listed(store)).toEqual(made.map((blob) => blob.digest).sort())
    })

    it('deletes a blob and no other, and may be given it again', async () => {
      const [kept, gone] = [await store.put([Uint8Array.of(1)]), await store.put([Uint8Array.of(2)])]
      await store.delete(gone.digest)
      await store.delete(gone.digest)
      await store.delete('0'.repeat(64))
      expect(await listed(store)).toEqual([kept.digest])
      expect(await store.size(gone.digest)).toBeNull()
      expect(await codeOf(readAll(store, gone.digest))).toBe('model/unknown')
      expect([...(await readAll(store, kept.digest))]).toEqual([1])
      expect(await store.put([Uint8Array.of(2)])).toEqual(gone)
      expect([...(await readAll(store, gone.digest))]).toEqual([2])
    })

    it('lets whoever is reading a blob read it to its end after it was deleted', async () => {
      const bytes = new Uint8Array(5_000_000).map((_, i) => i % 251)
      const { digest } = await store.put([bytes])
      const pieces: Uint8Array[] = []
      for await (const piece of store.read(digest)) {
        pieces.push(piece)
        await store.delete(digest)
      }
      expect(Buffer.concat(pieces).equals(bytes)).toBe(true)
      expect(await store.size(digest)).toBeNull()
    })

    it('may be read by several at a time, and left in the middle', async () => {
      const { digest } = await store.put([new Uint8Array(3_000_000).fill(5)])
      for await (const piece of store.read(digest)) {
        expect(piece.length).toBeGreaterThan(0)
        break
      }
      const sizes = await Promise.all([1, 2, 3].map(async () => (await readAll(store, digest)).length))
      expect(sizes).toEqual([3_000_000, 3_000_000, 3_000_000])
    })
  })
}
