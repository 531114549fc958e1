import { describe, expect, it, vi } from 'vitest'
import type { Dataset } from '../../../shared/datasets/dataset.ts'
import { dataSchema } from '../../../shared/protocol/data.ts'
import { file, readAll } from '../testing/files.ts'
import type { ChosenFile } from '../types.ts'
import { packed, type ReadExamples, unpacked } from './format.ts'
import { keptOrRead } from './keeping.ts'
import { keyOf } from './key.ts'
import type { KeptStore } from './store.ts'

const TABLE = dataSchema.parse({ kind: 'table', columns: [{ name: 'a' }, { name: 'b' }], target: 'y' })
const TEXT = dataSchema.parse({ kind: 'text', length: 4, vocabulary: [...'abc '] })
const IMAGES = dataSchema.parse({ kind: 'images', width: 2, height: 1, classes: ['cat', 'dog'] })

const joined = (parts: readonly Uint8Array<ArrayBuffer>[]) => new Blob([...parts]).arrayBuffer()

const table = () => readAll([file('t.csv', 'a,b,y\n1,2,3\n4,5,6\nx,7,8')], TABLE)
const READ: Record<string, () => Promise<ReadExamples>> = {
  'a table': table,
  'a text, whose examples overlap': () => readAll([file('t.txt', 'abc abc cab')], TEXT),
  pictures: () => readAll([file('cat/1.png', Uint8Array.of(7)), file('dog/2.png', Uint8Array.of(9))], IMAGES),
}

describe('examples that are kept', () => {
  it.each(Object.entries(READ))('are the same when they come back: %s', async (_, read) => {
    const { dataset, report } = await read()
    expect(unpacked(await joined(packed({ dataset, report })))).toEqual({ dataset, report })
  })

  it('are none where a byte is missing or there is one more, or they are of another kind', async () => {
    const bytes = await joined(packed(await table()))
    for (const wrong of [bytes.slice(0, -1), bytes.slice(0, 20), new ArrayBuffer(0), new ArrayBuffer(64)])
      expect(unpacked(wrong)).toBeNull()
    expect(unpacked(await new Blob([bytes, 'x']).arrayBuffer())).toBeNull()
    const other = new TextDecoder('latin1').decode(bytes).replace('"format":1', '"format":9')
    expect(unpacked(Uint8Array.from(other, (letter) => letter.charCodeAt(0)).buffer)).toBeNull()
  })
})

const chosen = (path: string, text: string, lastModified = 5): ChosenFile => ({
  path,
  file: new File([text], path, { lastModified }),
})

describe('what they are kept under', () => {
  it('is another for other files, another time, another job and other columns, and the same for the same', async () => {
    const files = [chosen('a.csv', 'x'), chosen('b.csv', 'y')]
    const keys = await Promise.all([
      keyOf(files, TABLE, {}),
      keyOf([chosen('a.csv', 'xx'), chosen('b.csv', 'y')], TABLE, {}),
      keyOf([chosen('c.csv', 'x'), chosen('b.csv', 'y')], TABLE, {}),
      keyOf([chosen('a.csv', 'x', 6), chosen('b.csv', 'y')], TABLE, {}),
      keyOf(files.slice(0, 1), TABLE, {}),
      keyOf(files, TEXT, {}),
      keyOf(files, TABLE, { a: 'b' }),
    ])
    expect(new Set(keys).size).toBe(keys.length)
    expect(await keyOf([chosen('a.csv', 'x'), chosen('b.csv', 'y')], TABLE, {})).toBe(keys[0])
    const varied = dataSchema.parse({ ...IMAGES, augment: [{ kind: 'flip' }] })
    expect(await keyOf(files, varied, {})).toBe(await keyOf(files, IMAGES, {}))
  })
})

/** In memory; `refuse`: what writing throws. */
function memory(refuse?: Error): KeptStore {
  const held = new Map<string, ArrayBuffer>()
  return {
    get: async (key) => held.get(key) ?? null,
    async put(key, parts) {
      if (refuse) throw refuse
      held.set(key, await joined(parts))
    },
    bytes: async () => [...held.values()].reduce((sum, { byteLength }) => sum + byteLength, 0),
    clear: async () => held.clear(),
  }
}

describe('reading what was read before', () => {
  const choice = { source: 'files', files: [chosen('t.csv', 'x')], mapping: {}, keep: true } as const

  it('does not happen; the report says so', async () => {
    const store = memory()
    const read = vi.fn(table)
    const first = await keptOrRead(choice, TABLE, store, read)
    expect(first.report.kept).toEqual({ how: 'written', bytes: await store.bytes() })
    const second = await keptOrRead(choice, TABLE, store, read)
    expect(read).toHaveBeenCalledTimes(1)
    expect(second.dataset).toEqual(first.dataset satisfies Dataset)
    expect(second.report).toEqual({ ...first.report, kept: { how: 'taken', bytes: await store.bytes() } })
    await store.clear()
    await keptOrRead(choice, TABLE, store, read)
    expect(read).toHaveBeenCalledTimes(2)
  })

  it('goes on where nothing can be kept, and says why', async () => {
    const full = memory(new DOMException('No.', 'QuotaExceededError'))
    expect((await keptOrRead(choice, TABLE, full, table)).report.kept).toMatchObject({ how: 'failed', why: 'full' })
    const broken = await keptOrRead(choice, TABLE, memory(new Error('The disk is gone.')), table)
    expect(broken.dataset.count).toBe(2)
    expect(broken.report.kept).toMatchObject({ how: 'failed', why: 'The disk is gone.' })
  })

  it('keeps nothing of files that cannot be read', async () => {
    const store = memory()
    await expect(keptOrRead(choice, TABLE, store, () => readAll([file('t.csv', 'z\n1')], TABLE))).rejects.toThrow(
      /no column/,
    )
    expect(await store.bytes()).toBe(0)
  })
})
