import { readFile } from 'node:fs/promises'
import { parseJobConfig } from '../../shared/jobs/config.ts'
import type { Example } from '../stage/example.ts'
import { percent, simulated, withFiles } from '../stage/simulated.ts'
import { reviewsOf, SHOPS, vocabulary } from './reviews.ts'

const SEED = 11

export const example: Example = {
  about: 'shops learn from reviews whether customers were content; the reviews are made up here',
  async run(stage) {
    const file = new URL('job.json', import.meta.url)
    const given = JSON.parse(await readFile(file, 'utf8')) as { data: object }
    const changes = { data: { ...given.data, vocabulary: vocabulary() }, ...(stage.small ? { rounds: 6 } : {}) }
    const job = parseJobConfig({ ...given, ...changes }, file.pathname)
    const count = stage.small ? 200 : 600
    const lines = (rows: readonly string[]) => `${rows.join('\n')}\n`
    const tests = SHOPS.flatMap((shop) => reviewsOf(SEED + 1, shop, count))
    const files = {
      'all.jsonl': lines(SHOPS.flatMap((shop) => reviewsOf(SEED, shop, count))),
      'test.jsonl': lines(tests),
      ...Object.fromEntries(SHOPS.map((shop) => [`${shop}.jsonl`, lines(reviewsOf(SEED, shop, count))])),
    }
    return withFiles(files, async (pathOf) => {
      const testData = pathOf('test.jsonl')
      const runs = []
      for (const shop of SHOPS) {
        const data = { data: pathOf(`${shop}.jsonl`), clients: 1, testData }
        runs.push({ who: `${shop} alone`, report: await simulated(shop, job, data, stage) })
      }
      const all = { data: pathOf('all.jsonl'), partition: 'natural-id:shop', testData }
      runs.push({ who: 'federated', report: await simulated('all shops', job, all, stage) })
      return {
        columns: ['', 'accuracy', 'loss'],
        rows: runs.map(({ who, report }) => [
          who,
          percent(report.metrics.accuracy),
          (report.loss ?? Number.NaN).toFixed(3),
        ]),
        sentence: 'On reviews of all shops. A shop alone knows its own customers’ words.',
        chart: {
          kind: 'bars',
          title: 'Reviews judged rightly: a shop alone, and all together',
          at: runs.map(({ who }) => who.replace(' alone', '')),
          series: [
            {
              name: 'the model’s accuracy on all shops’ reviews',
              values: runs.map(({ report }) => report.metrics.accuracy ?? 0),
            },
          ],
          range: [0, 1],
          unit: 'percent',
        },
        result: { runs: runs.map(({ who, report }) => ({ who, metrics: report.metrics, sha256: report.sha256 })) },
      }
    })
  },
}
