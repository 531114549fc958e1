import { existsSync } from 'node:fs'
import { mkdir, open, readdir, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { someBytes, spoolContract } from './spool.contract.ts'
import { FileSpool, SPARE_BYTES, SpoolFile } from './spool-files.ts'
import { codeOf, temporaryFolder } from './testing.ts'

spoolContract('files', async () => {
  const folder = await temporaryFolder()
  return { spool: await FileSpool.open(join(folder.path, 'spool')), clean: () => folder.remove() }
})

describe('a spool of files', () => {
  let folder: { path: string; remove(): Promise<void> }
  beforeEach(async () => {
    folder = await temporaryFolder()
  })
  afterEach(() => folder.remove())

  it('leaves no name behind while it is in use, and so nothing after a kill', async () => {
    const spool = await FileSpool.open(folder.path)
    const spooled = await spool.create(10)
    await spooled.append(someBytes(10))
    expect(await readdir(folder.path)).toEqual([])
    await spooled.dispose()
  })

  it('takes away what an earlier process left, and nothing beside', async () => {
    const spool = join(folder.path, 'spool')
    await mkdir(spool)
    await writeFile(join(spool, 'left-behind'), 'bytes')
    await writeFile(join(folder.path, 'records.db'), 'records')
    await FileSpool.open(spool)
    expect(await readdir(spool)).toEqual([])
    expect(await readdir(folder.path)).toEqual(['records.db', 'spool'])
  })

  it('takes the name away in the end where the system kept it until then', async () => {
    const path = join(folder.path, 'named')
    const file = new SpoolFile(await open(path, 'wx+'), { promised: 4, folder: folder.path, path }, () => {})
    await file.append(someBytes(4))
    await file.dispose()
    await expect(stat(path)).rejects.toMatchObject({ code: 'ENOENT' })
  })

  it('gives its files back: more than may be open at once, one after the other', async () => {
    const spool = await FileSpool.open(folder.path)
    const before = await openFiles()
    for (let i = 0; i < 50; i++) {
      const spooled = await spool.create(10)
      await spooled.append(someBytes(10))
      await spooled.dispose()
    }
    expect(await openFiles()).toBeLessThan(before + 25)
  })

  it('makes no room where the disk lacks it, counting what others were promised', async () => {
    let free = SPARE_BYTES + 1000
    const spool = await FileSpool.open(folder.path, { freeBytes: async () => free })
    const first = await spool.create(600)
    expect(await codeOf(spool.create(401))).toBe('storage/full')
    // What is written is not free any more; only the rest is still promised.
    await first.append(someBytes(500))
    free -= 500
    const second = await spool.create(400)
    expect(await codeOf(spool.create(1))).toBe('storage/full')
    await first.dispose()
    free += 500
    await (await spool.create(600)).dispose()
    await second.dispose()
  })

  it('makes room for one of two that come at once and do not both fit', async () => {
    const spool = await FileSpool.open(folder.path, { freeBytes: async () => SPARE_BYTES + 1000 })
    const [first, second, third] = [600, 600, 300].map((bytes) => spool.create(bytes))
    await first
    expect(await codeOf(second!)).toBe('storage/full')
    // The one that was turned away counts no more.
    await third
    expect(await codeOf(spool.create(101))).toBe('storage/full')
    await (await spool.create(100)).dispose()
    for (const spooled of await Promise.all([first!, third!])) await spooled.dispose()
  })

  it('that cannot be used says so', async () => {
    const path = join(folder.path, 'a-file')
    await writeFile(path, '')
    expect(await codeOf(FileSpool.open(path))).toBe('storage/unusable')
  })

  it.runIf(existsSync('/dev/full'))(
    'tells a full disk from other faults, and writes nothing behind a gap',
    async () => {
      const full = new SpoolFile(await open('/dev/full', 'r+'), { promised: 9, folder: '/dev', path: null }, () => {})
      expect(await codeOf(full.append(someBytes(4)))).toBe('storage/full')
      expect(await codeOf(full.append(someBytes(4)))).toBe('storage/full')
      expect(full.bytes).toBe(0)
      await full.dispose()
      expect(await codeOf(full.read(Buffer.alloc(1), 0))).toBe('storage/unusable')
    },
  )
})

/** Files this process has open; 0 where the system does not say. */
async function openFiles(): Promise<number> {
  return existsSync('/proc/self/fd') ? (await readdir('/proc/self/fd')).length : 0
}
