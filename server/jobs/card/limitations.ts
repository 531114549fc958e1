/** What can be told from the records of what a version is not good for. Nothing is guessed. */
import { classesOf } from '../../../shared/datasets/schema.ts'
import { gain } from '../../../shared/jobs/metrics.ts'
import type { Score } from '../../../shared/protocol/dashboard.ts'
import { isMeasured } from '../retention-policy.ts'
import type { CardFacts } from './facts.ts'

/** With fewer clients than this, a model is those few people's. */
const FEW = 10

export function limitationsOf({ job, manifest, versions, contributors }: CardFacts): string[] {
  const { config } = job
  const own = versions.at(-1)
  const said: (string | false)[] = [
    manifest.version === 0 &&
      (manifest.initial === null
        ? 'It is untrained: version 0, as the seed drew it.'
        : 'It is version 0, as it was given: nothing was trained in this job.'),
    ...scoring(own?.test ?? null, own?.clients ?? null, config.demoData.source),
    betterVersion(versions, config.metrics[0] ?? ''),
    manifest.version > 0 &&
      contributors < FEW &&
      `Only ${contributors} ${contributors === 1 ? 'client' : 'different clients'} contributed. It may know little beyond their data.`,
    classesOf(config.data).length > 0 &&
      'It answers with one of its classes, or with how likely each is, whatever it is given: it cannot say that an example is none of them.',
    'Numbers of examples are as the clients declared them; nobody has seen the examples, nor checked their labels.',
    'The records say nothing of who took part or how their data came about, so nothing of whom the model is fair to.',
    manifest.initial !== null && 'What the weights it began with had been trained on is not in the records.',
  ]
  return said.filter((sentence) => sentence !== false)
}

function scoring(test: Score | null, clients: Score | null, source: string): string[] {
  const tested = isMeasured(test)
  const told = isMeasured(clients)
  if (!tested && !told) return ['Nobody has measured this version.']
  if (!tested)
    return ['It was measured by the clients alone, on parts of their own data; the coordinator tested it on nothing.']
  return source === 'synthetic-digits'
    ? ['Its test data are digits drawn by a program. How it reads people’s handwriting was not measured.']
    : []
}

function betterVersion(versions: CardFacts['versions'], metric: string): string | false {
  const own = versions.at(-1)
  const value = own?.test?.metrics[metric]
  if (!own || value === undefined) return false
  const better = versions.filter((v) => gain(metric, v.test?.metrics[metric] ?? value, value) > 0)
  const best = better.reduce<(typeof better)[number] | null>((a, b) => {
    const [x, y] = [a?.test?.metrics[metric], b.test?.metrics[metric]]
    return a === null || (x !== undefined && y !== undefined && gain(metric, y, x) > 0) ? b : a
  }, null)
  if (!best) return false
  return `Version ${best.version} scored better on the test data: ${metric} ${best.test?.metrics[metric]?.toFixed(4)}, against ${value.toFixed(4)}.`
}
