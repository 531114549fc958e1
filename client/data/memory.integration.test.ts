import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, it } from 'vitest'

const CHILD = fileURLToPath(new URL('./testing/memory-child.ts', import.meta.url))
const MB = 1e6

/** Beside the examples themselves, which must fit, and are copied once since nobody knows how many come: what reading a table needs. */
const TABLE_ROOM = 120 * MB

it.each([
  ['100,000 images of 28 × 28 from IDX files', 'idx', 100_000, () => 300 * MB],
  ['100,000 pictures of 28 × 28 from a folder', 'pictures', 100_000, () => 300 * MB],
  ['a table of 200 MB', 'csv', 1_000_000, (examples: number) => TABLE_ROOM + 2 * examples],
])(
  '%s do not fill the memory',
  async (_, what, count, limit) => {
    const args = ['--expose-gc', '--import', 'tsx', CHILD, what, String(count)]
    const { stdout } = await promisify(execFile)(process.execPath, args)
    const { examples, grown, bytes } = JSON.parse(stdout)
    expect(examples).toBe(count)
    expect(grown).toBeGreaterThan(bytes)
    expect(grown).toBeLessThan(limit(bytes))
  },
  120_000,
)
