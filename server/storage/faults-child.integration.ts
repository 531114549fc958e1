/**
 * A process for faults.integration.test.ts: works on a store under limits that cannot be put on a test's own process, and
 * writes what it met to standard output, as one line of JSON. Started as: faults-child.integration.ts WHAT FOLDER
 */
import { chmod, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { errorInfo } from '../../shared/errors/error.ts'
import { Retention } from '../jobs/retention.ts'
import { VersionStore } from '../jobs/versions.ts'
import { silentLog } from '../logging/log.ts'
import { openStore } from './open.ts'
import { commitNext, keptVersions, LARGE, SMALL } from './versions.integration.ts'

const [what = '', folder = ''] = process.argv.slice(2)

/** Root may write to everything: as nobody, modes count. */
function becomeNobody(): void {
  if (process.getuid?.() !== 0) return
  process.setgroups?.([])
  process.setgid?.(65534)
  process.setuid?.(65534)
}

async function fault(work: () => Promise<unknown>): Promise<{ code: string; message: string } | null> {
  try {
    await work()
    return null
  } catch (thrown) {
    return errorInfo(thrown)
  }
}

const WORK: Record<string, () => Promise<unknown>> = {
  /** One commit that is too large for whatever limit there is. */
  async commit() {
    const store = await openStore(folder)
    const refused = await fault(() => commitNext(store, LARGE))
    const kept = await keptVersions(store)
    await store.records.close()
    return { refused, kept }
  },

  /** Versions 0, 1 and 2. */
  async prepare() {
    const store = await openStore(folder)
    for (let n = 0; n < 3; n++) await commitNext(store, SMALL)
    return store.records.close()
  },

  /** Commits until the disk is full, then fills it to the last byte, then makes room again. */
  async fill() {
    const ballast = join(folder, 'ballast')
    await writeFile(ballast, new Uint8Array(400_000))
    let store = await openStore(folder)
    let refused: unknown = null
    for (let n = 0; n < 100 && !refused; n++) refused = await fault(() => commitNext(store, SMALL))
    const kept = await keptVersions(store)
    const filler = join(folder, 'filler')
    for (let size = 1 << 16; size >= 1; size >>= 4) {
      while (!(await fault(() => writeFile(filler, new Uint8Array(size), { flag: 'a' })))) {}
    }
    const records = await fault(async () => {
      for (let n = 0; n < 1000; n++) await store.records.putSetting(`name-${n}`, 'x'.repeat(1000))
    })
    const still = await keptVersions(store)
    await store.records.close()
    const opening = await fault(async () => (await openStore(join(folder, 'another'))).records.close())
    for (const path of [filler, ballast]) await rm(path)
    await rm(join(folder, 'another'), { recursive: true, force: true })
    store = await openStore(folder)
    const reopened = await keptVersions(store)
    const goesOn = await fault(() => commitNext(store, SMALL))
    await store.records.close()
    return { refused, kept, records, still, opening, reopened, goesOn }
  },

  async open() {
    return { refused: await fault(() => openStore(folder)) }
  },

  /** A store that was read-only from the start. */
  async 'open-read-only'() {
    becomeNobody()
    return { refused: await fault(() => openStore(folder)) }
  },

  /** A store whose folder becomes read-only while it is open. */
  async 'becomes-read-only'() {
    becomeNobody()
    const store = await openStore(folder)
    await chmod(join(folder, 'blobs', 'incoming'), 0o555)
    const refused = await fault(() => commitNext(store, SMALL))
    const kept = await keptVersions(store)
    await chmod(join(folder, 'blobs', 'incoming'), 0o755)
    const goesOn = await fault(() => commitNext(store, SMALL))
    await store.records.close()
    return { refused, kept, goesOn }
  },

  /** Holds the store until it is killed. */
  async hold() {
    const store = await openStore(folder)
    process.stdout.write('"held"\n')
    await new Promise((resolve) => setTimeout(resolve, 60_000))
    return store.records.close()
  },

  /** Commits and sweeps until it is killed. */
  async sweep() {
    const store = await openStore(folder)
    const versions = new VersionStore(store.blobs)
    const retention = new Retention({ ...store, versions, log: silentLog })
    await retention.sweepOrphans()
    process.stdout.write('"begun"\n')
    for (;;) {
      await retention.writing(() => commitNext(store, SMALL))
      await retention.sweep({
        id: 'j',
        config: {
          retention: { last: 2, best: true, every: 7 },
          metrics: ['accuracy'],
          model: { preset: 'mlp', weights: null, frozen: [] },
        },
      })
    }
  },
}

process.stdout.write(`${JSON.stringify((await WORK[what]?.()) ?? null)}\n`)
