import { mkdir, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { blobStoreContract, readAll } from './blobs.contract.ts'
import { FileBlobStore } from './files.ts'
import { codeOf, temporaryFolder } from './testing.ts'

blobStoreContract('files', async () => {
  const folder = await temporaryFolder()
  return { store: await FileBlobStore.open(folder.path), clean: folder.remove }
})

describe('blobs in files', () => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>
  let store: FileBlobStore
  const pathOf = (digest: string) => join(folder.path, digest.slice(0, 2), digest.slice(2))
  beforeEach(async () => {
    folder = await temporaryFolder()
    store = await FileBlobStore.open(folder.path)
  })
  afterEach(() => folder.remove())

  it('are there when the folder is opened again', async () => {
    const { digest } = await store.put([Uint8Array.of(1, 2, 3)])
    const again = await FileBlobStore.open(folder.path)
    expect([...(await readAll(again, digest))]).toEqual([1, 2, 3])
  })

  it.each([
    ['was changed', (path: string) => writeFile(path, new Uint8Array(2_500_000).fill(9))],
    ['lost its end', (path: string) => truncate(path, 2_000_000)],
    ['was emptied', (path: string) => truncate(path, 0)],
    ['has grown', (path: string) => writeFile(path, new Uint8Array(2_500_001).fill(4))],
  ])('a file that %s is corrupt, and its last piece is never given out', async (_, damage) => {
    const length = 2_500_000
    const { digest } = await store.put([new Uint8Array(length).fill(4)])
    await damage(pathOf(digest))
    let held = 0
    const reading = (async () => {
      for await (const piece of store.read(digest)) held += piece.length
    })()
    expect(await codeOf(reading)).toBe('storage/corrupt')
    await expect(reading).rejects.toThrow(
      `The file ${pathOf(digest)} is damaged: it does not have the sha256 in its name any more. Restore it from a backup of the store, or start with another --store.`,
    )
    expect(held).toBeLessThan(length)
  })

  it('a single flipped bit is found, wherever it is', async () => {
    const { digest } = await store.put([new Uint8Array(300).fill(4)])
    const path = pathOf(digest)
    const whole = await readFile(path)
    for (const at of [0, 7, 150, 299]) {
      const flipped = Buffer.from(whole)
      flipped[at]! ^= 1 << (at % 8)
      await writeFile(path, flipped)
      expect(await codeOf(readAll(store, digest))).toBe('storage/corrupt')
    }
    await writeFile(path, whole)
    expect(await readAll(store, digest)).toEqual(whole)
    // Being given the bytes again mends it as well.
    await truncate(path, 5)
    await store.put([whole])
    expect(await readAll(store, digest)).toEqual(whole)
  })

  it('that cannot be read though they are there say where', async () => {
    const { digest } = await store.put([Uint8Array.of(1)])
    const path = pathOf(digest)
    await rm(path)
    // A folder opens like a file, and fails at the first read.
    await mkdir(path)
    const reading = readAll(store, digest)
    expect(await codeOf(reading)).toBe('storage/unusable')
    await expect(reading).rejects.toThrow(`A model cannot be read: ${path}: EISDIR`)
  })

  it('of a process that was killed in the middle are taken away at the next start, and nothing else is', async () => {
    const { digest } = await store.put([Uint8Array.of(1)])
    await writeFile(join(folder.path, 'incoming', '0123456789abcdef'), 'half a blob')
    await writeFile(join(folder.path, 'incoming', 'README'), 'somebody else’s')
    await writeFile(join(folder.path, digest.slice(0, 2), 'notes.txt'), 'somebody else’s')
    const again = await FileBlobStore.open(folder.path)
    expect(await readdir(join(folder.path, 'incoming'))).toEqual(['README'])
    expect(await readdir(join(folder.path, digest.slice(0, 2)))).toContain('notes.txt')
    const listed: string[] = []
    for await (const each of again.list()) listed.push(each)
    expect(listed).toEqual([digest])
  })

  it('leave nothing behind in incoming, neither after a success nor after a failure', async () => {
    await store.put([Uint8Array.of(1)])
    function* breaking(): Generator<Uint8Array> {
      yield new Uint8Array(100_000)
      throw new Error('the source broke')
    }
    expect(await codeOf(store.put(breaking()))).toBe('storage/unusable')
    expect(await readdir(join(folder.path, 'incoming'))).toEqual([])
    expect((await readdir(folder.path)).sort()).toHaveLength(2)
  })

  it('cannot be kept where a file lies', async () => {
    const file = join(folder.path, 'file')
    await writeFile(file, '')
    expect(await codeOf(FileBlobStore.open(file))).toBe('storage/unusable')
  })
})
