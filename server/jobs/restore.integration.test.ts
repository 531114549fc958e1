/** A coordinator that starts on a store whose latest version is damaged: what its operator reads. */
import { mkdir, readFile, rename, truncate, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ManualClock } from '../../shared/clock/clock.ts'
import { digitsJob } from '../../shared/jobs/templates.ts'
import type { ModelService } from '../evaluation/service.ts'
import { silentLog } from '../logging/log.ts'
import { openStore, type Store } from '../storage/open.ts'
import { codeOf, temporaryFolder } from '../storage/testing.ts'
import { commitNext, SMALL } from '../storage/versions.integration.ts'
import { restoreJob } from './make-job.ts'
import { Retention } from './retention.ts'
import { VersionStore } from './versions.ts'

let folder: Awaited<ReturnType<typeof temporaryFolder>>
let store: Store
beforeEach(async () => {
  folder = await temporaryFolder()
  store = await openStore(folder.path)
  for (let n = 0; n < 2; n++) await commitNext(store, SMALL)
})
afterEach(async () => {
  await store.records.close()
  await folder.remove()
})

const models = {} as ModelService
async function restore() {
  const { records, blobs } = store
  const versions = new VersionStore(blobs)
  const retention = new Retention({ records, blobs, versions, log: silentLog })
  const rooms = { clock: new ManualClock(0), log: silentLog, records, versions, retention, models }
  const record = (await store.records.latestJob())!
  return restoreJob(rooms, { ...record, config: digitsJob })
}

describe('a job whose latest version is damaged', () => {
  it.each(['manifest', 'weights', 'topology'] as const)(
    'does not start, and names the file of its %s',
    async (part) => {
      const latest = (await store.records.versions('j')).at(-1)!
      const { params, topology } = await new VersionStore(store.blobs).manifest(latest.digest)
      const digest = { manifest: latest.digest, weights: params.digest, topology }[part]
      const path = join(folder.path, 'blobs', digest.slice(0, 2), digest.slice(2))
      const whole = await readFile(path)
      const sentence = `The file ${path} is damaged: it does not have the sha256 in its name any more. Restore it from a backup of the store, or start with another --store.`

      const flipped = Buffer.from(whole)
      flipped[whole.length - 5]! ^= 1
      await writeFile(path, flipped)
      expect(await codeOf(restore())).toBe('storage/corrupt')
      await expect(restore()).rejects.toThrow(sentence)

      await truncate(path, whole.length >> 1)
      expect(await codeOf(restore())).toBe('storage/corrupt')
      await expect(restore()).rejects.toThrow(sentence)

      // As the sentence says: from a backup.
      const backup = join(folder.path, 'backup', 'file')
      await mkdir(dirname(backup))
      await writeFile(backup, whole)
      await rename(backup, path)
      expect((await restore()).version.number).toBe(1)
    },
  )
})
