import { expect, it } from 'vitest'
import { spoolContract } from './spool.contract.ts'
import { MemorySpool } from './spool-memory.ts'
import { codeOf } from './testing.ts'

spoolContract('memory', async () => ({ spool: new MemorySpool(), clean: async () => {} }))

it('a spool in memory holds up to its limit, and takes back what is given up, once', async () => {
  const spool = new MemorySpool(100)
  const first = await spool.create(60)
  expect(await codeOf(spool.create(41))).toBe('storage/full')
  const second = await spool.create(40)
  await first.dispose()
  await first.dispose()
  expect(spool.used).toBe(40)
  await second.dispose()
  expect(spool.used).toBe(0)
})
