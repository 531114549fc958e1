import { readFile } from 'node:fs/promises'
import { parseJobConfig } from '../../shared/jobs/config.ts'
import type { Example } from '../stage/example.ts'
import { aloneAndTogether, barsOf, percent, resultOf } from '../stage/simulated.ts'
import { reviewsOf, SHOPS, type Shop, vocabulary } from './reviews.ts'

const SEED = 11

export const example: Example = {
  about: 'shops learn from reviews whether customers were content; the reviews are made up here',
  async run(stage) {
    const file = new URL('job.json', import.meta.url)
    const given = JSON.parse(await readFile(file, 'utf8')) as { data: object }
    const changes = { data: { ...given.data, vocabulary: vocabulary() }, ...(stage.small ? { rounds: 6 } : {}) }
    const job = parseJobConfig({ ...given, ...changes }, file.pathname)
    const count = stage.small ? 200 : 600
    const table = (shops: readonly Shop[], seed: number) =>
      `${shops.flatMap((shop) => reviewsOf(seed, shop, count)).join('\n')}\n`
    const files = {
      all: table(SHOPS, SEED),
      test: table(SHOPS, SEED + 1),
      ...Object.fromEntries(SHOPS.map((shop) => [shop, table([shop], SEED)])),
    }
    const runs = await aloneAndTogether(job, SHOPS, { files, extension: 'jsonl', column: 'shop' }, stage)
    return {
      columns: ['', 'accuracy', 'loss'],
      rows: runs.map(({ who, report }) => [
        who,
        percent(report.metrics.accuracy),
        (report.loss ?? Number.NaN).toFixed(3),
      ]),
      sentence: 'On reviews of all shops. A shop alone knows its own customers’ words.',
      chart: barsOf(runs, 'accuracy', 'Reviews judged rightly: by a shop alone, and together'),
      result: resultOf(runs),
    }
  },
}
