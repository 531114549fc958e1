/** Folders of pictures in one real Chromium: our reader against what the browser's own calls take, in turns. */
import { fileURLToPath } from 'node:url'
import { chromium } from 'playwright'
import { servePage, workersOf } from '../../e2e/lab/worker-page.ts'
import { findBrowser } from '../../scripts/setup/browser.mjs'
import { chromiumFlags } from '../../server/cli/chromium-flags.ts'
import type { Row } from '../benchmark.ts'
import { median } from '../interleave.ts'
import type { PictureReader, PictureSpec } from './page/reader.ts'

const TURNS = 7
const WARM_UP = 2

const CASES: Readonly<Record<string, PictureSpec>> = {
  'pictures, png of 28 × 28 in grey': { format: 'png', side: 28, wanted: 28, channels: 1, count: 1000 },
  'pictures, jpeg of 256 × 256 to 64 × 64': { format: 'jpeg', side: 256, wanted: 64, channels: 3, count: 400 },
  'pictures, jpeg of 1024 × 1024 to 224 × 224': { format: 'jpeg', side: 1024, wanted: 224, channels: 3, count: 60 },
}

export async function pictureRows(only: string | null): Promise<Row[]> {
  const cases = Object.entries(CASES).filter(([name]) => only === null || name.startsWith(only))
  if (cases.length === 0) return []
  const served = await servePage(fileURLToPath(new URL('./page', import.meta.url)))
  const browser = await chromium.launch({ executablePath: findBrowser(), args: chromiumFlags() })
  try {
    const page = await browser.newPage()
    await page.goto(served.url)
    const workers = await workersOf(page)
    const call = <M extends keyof PictureReader>(method: M, ...args: Parameters<PictureReader[M]>) =>
      workers.call('reader', method, args) as ReturnType<PictureReader[M]>
    await workers.start('reader')
    const rows: Row[] = []
    for (const [name, spec] of cases) {
      await call('prepare', spec)
      const times = { ours: [] as number[], bare: [] as number[] }
      for (let turn = 0; turn < WARM_UP + TURNS; turn++) {
        const sides = turn % 2 === 0 ? (['ours', 'bare'] as const) : (['bare', 'ours'] as const)
        for (const side of sides) {
          const ms = await call(side)
          if (turn >= WARM_UP) times[side].push(ms)
        }
      }
      const rate = (ms: readonly number[]) => (spec.count * 1000) / median(ms)
      rows.push({
        case: name,
        metric: 'read',
        value: rate(times.ours),
        unit: 'images/s',
        baseline: 'createImageBitmap, getImageData',
        baselineValue: rate(times.bare),
        ratio: median(times.bare.map((ms, i) => ms / (times.ours[i] ?? Number.NaN))),
      })
    }
    return rows
  } finally {
    await browser.close()
    await served.close()
  }
}
