/** The store on the real thing: full disks, read-only folders, damaged files, killed processes. */
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { chmod, chown, readdir, readFile, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { createClient } from '@libsql/client'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Retention } from '../jobs/retention.ts'
import { VersionStore } from '../jobs/versions.ts'
import { silentLog } from '../logging/log.ts'
import { MIGRATIONS } from './migrations.ts'
import { openStore, type Store } from './open.ts'
import { bytesOf, codeOf, temporaryFolder } from './testing.ts'
import { commitNext, keptVersions, SMALL } from './versions.integration.ts'

const CHILD = fileURLToPath(new URL('./faults-child.integration.ts', import.meta.url))
const NODE = [process.execPath, '--import', 'tsx', CHILD]
const ROOT = process.getuid?.() === 0

let folder: string
let clean: () => Promise<void>
beforeEach(async () => {
  const made = await temporaryFolder()
  folder = made.path
  clean = made.remove
})
afterEach(() => clean())

interface Ended {
  readonly code: number
  readonly out: string
  readonly err: string
}

function run(command: string, args: readonly string[]): Promise<Ended> {
  return new Promise((resolve) => {
    execFile(command, args, { timeout: 50_000 }, (error, out, err) => {
      const code = error ? (typeof error.code === 'number' ? error.code : -1) : 0
      resolve({ code, out, err })
    })
  })
}

/** What the child said. `before` is shell: what is to hold for it. */
async function child(what: string, before = ':'): Promise<Record<string, unknown>> {
  const ended = await run('bash', ['-c', `${before} && exec "$@"`, 'bash', ...NODE, what, folder])
  if (ended.code !== 0) throw new Error(`The child ended with ${ended.code}: ${ended.err}`)
  return JSON.parse(ended.out)
}

async function withStore<T>(work: (store: Store) => Promise<T>): Promise<T> {
  const store = await openStore(folder)
  try {
    return await work(store)
  } finally {
    await store.records.close()
  }
}

/** Versions 0, 1 and 2, and the store closed. */
function prepare(): Promise<void> {
  return withStore(async (store) => {
    for (let n = 0; n < 3; n++) await commitNext(store, SMALL)
  })
}

/** All is as it was, and it goes on from there. */
async function expectIntact(versions = [0, 1, 2]): Promise<void> {
  await withStore(async (store) => {
    expect(await keptVersions(store)).toEqual(versions)
    expect(await readdir(join(folder, 'blobs', 'incoming'))).toEqual([])
    await commitNext(store, SMALL)
    expect(await keptVersions(store)).toEqual([...versions, versions.length])
  })
}

/**
 * Runs shell in a mount namespace of its own, which goes with it; null where this machine does not allow that, as in
 * containers without rights.
 */
async function withMounts(shell: string, ...args: string[]): Promise<Ended | null> {
  const how = ROOT ? ['--mount'] : ['--user', '--map-root-user', '--mount']
  const probe = await run('unshare', [...how, 'bash', '-c', `mount -t tmpfs none "$1"`, 'bash', folder])
  if (probe.code !== 0) {
    // Not for any other reason.
    expect(probe.err + probe.code).toMatch(/not permitted|denied|No space left|-1$|Invalid argument/)
    return null
  }
  return run('unshare', [...how, 'bash', '-c', shell, 'bash', ...args])
}

describe.runIf(process.platform === 'linux')('a full disk', () => {
  it('that is a limit on file sizes refuses the commit in words, and leaves the last version as it is', async () => {
    await prepare()
    const { refused, kept } = await child('commit', 'ulimit -f 1000')
    expect(refused).toEqual({
      code: 'storage/full',
      message: expect.stringMatching(
        /^A model cannot be written to \S+\/blobs: the file would be larger than the limit on file sizes allows \(ulimit -f\) \(2\.0 MB wanted, [\d.]+ [kM]B free\)\. What was committed before is intact\. Free space there, or copy the store to a larger disk and give its folder with --store\.$/,
      ),
    })
    expect(kept).toEqual([0, 1, 2])
    await expectIntact()
  })

  it('that is really full does so too, for blobs and for records, and goes on once there is room', async (test) => {
    const ended = await withMounts(
      'mount -t tmpfs -o size=2m none "$1" && shift && exec "$@"',
      folder,
      ...NODE,
      'fill',
      folder,
    )
    if (!ended) return test.skip('this machine allows no mounts; the limit on file sizes stands for it')
    expect(ended.err).toBe('')
    const said = JSON.parse(ended.out)
    expect(said.refused.code).toBe('storage/full')
    expect(said.refused.message).toMatch(
      /\/blobs: the disk is full \(4\d\.\d kB wanted, \d+\.\d kB free\)\. What was committed before is intact\./,
    )
    expect(said.kept.length).toBeGreaterThan(3)
    expect(said.records).toEqual({
      code: 'storage/full',
      message: expect.stringMatching(
        /^The records cannot be read or written in \S+records\.db: the disk is full\. What/,
      ),
    })
    expect(said.still).toEqual(said.kept)
    expect(said.opening.code).toBe('storage/full')
    expect(said.reopened).toEqual(said.kept)
    expect(said.goesOn).toBeNull()
  })
})

describe.runIf(process.platform === 'linux')('a read-only folder', () => {
  /** To nobody, as whom the child works where the test is root. */
  async function toNobody(): Promise<void> {
    const entries = await readdir(folder, { recursive: true })
    for (const path of ['.', ...entries]) if (ROOT) await chown(join(folder, path), 65534, 65534).catch(unlessGone)
  }

  it('is refused at the start in words', async () => {
    await prepare()
    await toNobody()
    const entries = await readdir(folder, { recursive: true, withFileTypes: true })
    const paths = entries.map((entry) => ({
      path: join(entry.parentPath, entry.name),
      mode: entry.isFile() ? 0o644 : 0o755,
    }))
    for (const { path, mode } of paths) await chmod(path, mode & 0o555).catch(unlessGone)
    await chmod(folder, 0o555)
    const before = await bytesOf(folder)
    const { refused } = await child('open-read-only')
    expect(refused).toEqual({
      code: 'storage/unusable',
      message: `The store cannot be used: ${folder}: this user may not write there. Give this user the right to write there, or choose another folder with --store.`,
    })
    expect(await bytesOf(folder)).toEqual(before)
    await chmod(folder, 0o755)
    for (const { path, mode } of paths) await chmod(path, mode)
    await expectIntact()
  })

  it('that becomes so refuses the commit in words, keeps what is there, and goes on afterwards', async () => {
    await prepare()
    await toNobody()
    const said = await child('becomes-read-only')
    expect(said.refused).toEqual({
      code: 'storage/unusable',
      message: `A model cannot be written: ${join(folder, 'blobs')}: this user may not write there. Give this user the right to write there, or choose another folder with --store.`,
    })
    expect(said.kept).toEqual([0, 1, 2])
    expect(said.goesOn).toBeNull()
    await expectIntact([0, 1, 2, 3])
  })

  it('on a file system that is mounted so is refused too', async (test) => {
    await prepare()
    const shell = 'mount --bind "$1" "$1" && mount -o remount,bind,ro "$1" && shift && exec "$@"'
    const ended = await withMounts(shell, folder, ...NODE, 'open', folder)
    if (!ended) return test.skip('this machine allows no mounts; the folder’s modes stand for it')
    expect(JSON.parse(ended.out).refused).toMatchObject({
      code: 'storage/unusable',
      message: `The store cannot be used: ${folder}: it lies on a file system that is mounted read-only. Give this user the right to write there, or choose another folder with --store.`,
    })
    await expectIntact()
  })
})

describe('a damaged model', () => {
  it.each([
    [
      'one byte of which was flipped',
      async (path: string) => {
        const bytes = await readFile(path)
        bytes[bytes.length >> 1]! ^= 0x10
        await writeFile(path, bytes)
      },
    ],
    ['that lost its end', (path: string) => truncate(path, 100)],
  ])('%s is refused by name; the versions before are whole, and a backup mends it', async (_, damage) => {
    await prepare()
    const path = await withStore(async (store) => {
      const latest = (await store.records.versions('j')).at(-1)!
      const { params } = await new VersionStore(store.blobs).manifest(latest.digest)
      return join(folder, 'blobs', params.digest.slice(0, 2), params.digest.slice(2))
    })
    const whole = await readFile(path)
    await damage(path)
    await withStore(async (store) => {
      const reading = keptVersions(store)
      expect(await codeOf(reading)).toBe('storage/corrupt')
      await expect(reading).rejects.toThrow(
        `The file ${path} is damaged: it does not have the sha256 in its name any more. Restore it from a backup of the store, or start with another --store.`,
      )
      const [first] = await store.records.versions('j')
      expect((await new VersionStore(store.blobs).get(first!.digest)).version.number).toBe(0)
    })
    await writeFile(path, whole)
    await expectIntact()
  })
})

describe('a process that is killed', () => {
  /** Resolves once the child has said its first line. */
  function begin(what: string): Promise<ChildProcess> {
    const started = spawn(NODE[0]!, [...NODE.slice(1), what, folder], { stdio: ['ignore', 'pipe', 'inherit'] })
    return new Promise((resolve, reject) => {
      started.stdout.once('data', () => resolve(started))
      started.once('exit', (code) => reject(new Error(`The child ended with ${code}.`)))
    })
  }

  function kill(started: ChildProcess): Promise<void> {
    return new Promise((resolve) => {
      started.once('exit', () => resolve())
      started.kill('SIGKILL')
    })
  }

  it('lets go of the store that it had to itself', async () => {
    await prepare()
    const holder = await begin('hold')
    try {
      await expect(openStore(folder)).rejects.toThrow(`The store ${folder} is in use by another Tributary.`)
    } finally {
      await kill(holder)
    }
    await expectIntact()
  })

  it('between any two steps of commits and sweeps leaves every kept version whole, and no litter after the next start', async () => {
    for (let round = 0; round < 3; round++) {
      const sweeper = await begin('sweep')
      await new Promise((resolve) => setTimeout(resolve, 40 + 77 * round))
      await kill(sweeper)
      await withStore(async (store) => {
        const versions = new VersionStore(store.blobs)
        const all = await store.records.versions('j')
        const kept = await keptVersions(store)
        expect(kept).toContain(all.at(-1)?.version)
        expect(kept).toContain(0)
        await new Retention({ ...store, versions, log: silentLog }).sweepOrphans()
        expect(await keptVersions(store)).toEqual(kept)
        // Manifest and weights of each, and the topology of all.
        const left: string[] = []
        for await (const digest of store.blobs.list()) left.push(digest)
        expect(left).toHaveLength(2 * kept.length + 1)
        expect(await readdir(join(folder, 'blobs', 'incoming'))).toEqual([])
      })
    }
    const dropped = await withStore(async ({ records }) => (await records.versions('j')).filter((v) => !v.kept))
    expect(dropped.length).toBeGreaterThan(10)
  })

  it('and that was a newer Tributary left a store of which no byte is touched', async () => {
    // In a process of its own: this one would still have the database open, and clean up after the other.
    await child('prepare')
    const file = join(folder, 'records.db')
    const script = `
      const { createClient } = await import(${JSON.stringify(import.meta.resolve('@libsql/client'))})
      const db = createClient({ url: ${JSON.stringify(pathToFileURL(file).href)}, concurrency: 1 })
      await db.execute('PRAGMA user_version = ${MIGRATIONS.length + 5}')
      await db.execute('CREATE TABLE news (x)')
      process.kill(process.pid, 'SIGKILL')`
    await run(process.execPath, ['--input-type=module', '-e', script])
    // Its schema's number is in the log only: the database itself still has the old one.
    expect((await readFile(file)).readUInt32BE(60)).toBe(MIGRATIONS.length)
    const before = await bytesOf(folder)
    expect(Object.keys(before)).toContain('records.db-wal')
    await expect(openStore(folder)).rejects.toThrow(
      `(schema ${MIGRATIONS.length + 5}; this one knows ${MIGRATIONS.length})`,
    )
    expect(await bytesOf(folder)).toEqual(before)
    // The newer one finds everything.
    const db = createClient({ url: pathToFileURL(file).href })
    expect((await db.execute('SELECT COUNT(*) AS n FROM versions')).rows[0]).toMatchObject({ n: 3 })
    expect((await db.execute('SELECT COUNT(*) AS n FROM news')).rows[0]).toMatchObject({ n: 0 })
    db.close()
  })
})

/** SQLite takes its shared memory away when the last connection ends, which may be just now. */
function unlessGone(thrown: NodeJS.ErrnoException): void {
  if (thrown.code !== 'ENOENT') throw thrown
}
