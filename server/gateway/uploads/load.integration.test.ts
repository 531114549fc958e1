/** Rules U2 and A2 by measurement: what large updates cost a process, and those who share it with them. */
import { execFile } from 'node:child_process'
import { mkdtemp, rm, statfs } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, it } from 'vitest'
import { counts, evidence } from '../../../shared/testing.ts'
import type { LoadFigures, LoadSettings } from './load.integration.ts'

const MIB = 1 << 20
const PROGRAM = fileURLToPath(new URL('./load.integration.ts', import.meta.url))
const TIMEOUT_MS = 600_000
/** What the coordinator's memory may grow by, whatever the size and number of the updates. */
const MOST_MIB = 64
const LIMITS = { chunkBytes: 256 * 1024, smallBytes: 100_000 }

const USED = counts({
  reduced: { oneMiB: 128, tenMiB: 32 },
  full: { oneMiB: 400, tenMiB: 400 },
})

async function load(settings: Omit<LoadSettings, 'folder'>): Promise<LoadFigures> {
  const folder = await mkdtemp(join(tmpdir(), 'tributary-load-'))
  try {
    const { bavail, bsize } = await statfs(folder)
    const needed = settings.updates * settings.bytes + 512 * MIB
    if (bavail * bsize < needed) throw new Error(`${folder} needs ${needed / MIB} MiB of free space; set TMPDIR.`)
    const args = ['--import', 'tsx', PROGRAM, JSON.stringify({ ...settings, folder: join(folder, 'spool') })]
    const { stdout } = await promisify(execFile)(process.execPath, args, { timeout: TIMEOUT_MS })
    return JSON.parse(stdout) as LoadFigures
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

it(
  `A2: an update of ${USED.oneMiB} MiB passes through while the process grows by less than ${MOST_MIB} MiB`,
  async () => {
    const settings = { ...LIMITS, bytes: USED.oneMiB * MIB, updates: 1 }
    const figures = await load(settings)
    expect(figures).toMatchObject({ right: 1, left: 0 })
    expect(figures.rssGrowthMiB).toBeLessThan(MOST_MIB)
    evidence('uploads', settings, { ...figures })
  },
  TIMEOUT_MS,
)

it(
  `U2: ten updates of ${USED.tenMiB} MiB at once starve neither timers nor a small client’s uploads`,
  async () => {
    const settings = { ...LIMITS, bytes: USED.tenMiB * MIB, updates: 10 }
    const figures = await load(settings)
    expect(figures).toMatchObject({ right: 10, left: 0 })
    expect(figures.rssGrowthMiB).toBeLessThan(MOST_MIB * 2)
    expect(figures.smallUploads).toBeGreaterThan(5)
    // A heartbeat may be 20 s late; a busy machine of two cores is allowed for.
    expect(figures.loopDelayP99Ms).toBeLessThan(500)
    expect(figures.smallMedianMs).toBeLessThan(500)
    expect(figures.smallMaxMs).toBeLessThan(3000)
    evidence('uploads', settings, { ...figures })
  },
  TIMEOUT_MS,
)
