/** What every Spool must do: see the duties in spool.ts. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Spool, Spooled } from './spool.ts'
import { codeOf } from './testing.ts'

export interface SpoolCase {
  readonly spool: Spool
  clean(): Promise<void>
}

/** `length` bytes whose order can be told. */
export function someBytes(length: number, seed = 0): Buffer {
  return Buffer.from(Uint8Array.from({ length }, (_, i) => (i * 31 + (i >> 8) * 7 + seed) & 0xff))
}

async function contents(spooled: Spooled, offset = 0, length = spooled.bytes - offset): Promise<Buffer> {
  const target = Buffer.alloc(length)
  await spooled.read(target, offset)
  return target
}

export function spoolContract(name: string, open: () => Promise<SpoolCase>): void {
  describe(`Spool: ${name}`, () => {
    let made: SpoolCase
    let spool: Spool
    const opened: Spooled[] = []
    const create = async (bytes: number): Promise<Spooled> => {
      const spooled = await spool.create(bytes)
      opened.push(spooled)
      return spooled
    }
    beforeEach(async () => {
      made = await open()
      spool = made.spool
    })
    afterEach(async () => {
      for (const spooled of opened.splice(0)) await spooled.dispose()
      await made.clean()
    })

    it('gives back what was appended, from anywhere, as often as is asked', async () => {
      const bytes = someBytes(700_001)
      const spooled = await create(bytes.length)
      expect(spooled.bytes).toBe(0)
      await spooled.append(bytes.subarray(0, 1))
      await spooled.append(bytes.subarray(1, 1))
      expect(spooled.bytes).toBe(1)
      await spooled.append(bytes.subarray(1, 262_145))
      await spooled.append(bytes.subarray(262_145))
      expect(spooled.bytes).toBe(bytes.length)
      expect((await contents(spooled)).equals(bytes)).toBe(true)
      expect((await contents(spooled, 699_990)).equals(bytes.subarray(699_990))).toBe(true)
      expect((await contents(spooled, 5, 300_000)).equals(bytes.subarray(5, 300_005))).toBe(true)
      expect(await contents(spooled, 9, 0)).toHaveLength(0)
    })

    it('can be read before the last byte has come', async () => {
      const spooled = await create(10)
      await spooled.append(someBytes(6))
      expect((await contents(spooled)).equals(someBytes(6))).toBe(true)
      await spooled.append(someBytes(4, 1))
      expect((await contents(spooled, 6)).equals(someBytes(4, 1))).toBe(true)
    })

    it('appends in the order of the calls, also where they do not wait for each other', async () => {
      const bytes = someBytes(500_000)
      const spooled = await create(bytes.length)
      const writes: Promise<void>[] = []
      for (let at = 0; at < bytes.length; at += 50_000) writes.push(spooled.append(bytes.subarray(at, at + 50_000)))
      await Promise.all(writes)
      expect((await contents(spooled)).equals(bytes)).toBe(true)
    })

    it('keeps several apart', async () => {
      const all = await Promise.all([0, 1, 2].map(() => create(1000)))
      await Promise.all(all.map((spooled, i) => spooled.append(someBytes(1000, i))))
      for (const [i, spooled] of all.entries()) expect((await contents(spooled)).equals(someBytes(1000, i))).toBe(true)
    })

    it('says so where more is asked for than is held', async () => {
      const spooled = await create(10)
      await spooled.append(someBytes(4))
      expect(await codeOf(spooled.read(Buffer.alloc(5), 0))).toBe('storage/corrupt')
    })

    it('may be given up at any time and twice, and holds nothing then', async () => {
      const spooled = await create(1_000_000)
      const writing = spooled.append(someBytes(1_000_000)).catch(() => {})
      await Promise.all([spooled.dispose(), spooled.dispose(), writing])
      await spooled.dispose()
      expect(await codeOf(spooled.append(someBytes(1)))).toBe('storage/unusable')
      expect(await codeOf(spooled.read(Buffer.alloc(1), 0))).toBe('storage/unusable')
    })
  })
}
