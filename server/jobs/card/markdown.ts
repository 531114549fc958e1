/** A model card as Markdown, for people. */

import { describe } from '../../../shared/datasets/schema.ts'
import { listedUpTo } from '../../../shared/errors/listed-up-to.ts'
import type { Score } from '../../../shared/protocol/dashboard.ts'
import type { CardVersion, ModelCard } from './card.ts'

/** As many versions as the table lists; of more, the first, the last and evenly many between. */
const ROWS = 60

export function cardMarkdown(card: ModelCard): string {
  const { model, version, job, training, aggregation, provenance, privacy } = card
  const { weights } = model
  const all = weights.trained + weights.statistic + weights.frozen
  const parts = [
    `# ${line(job.name)}, version ${version.number}`,
    line(job.description),
    `A model card, written by ${line(card.writtenBy)} from the coordinator’s records.`,
    '## The model',
    table([
      ['What it is', kindOf(model)],
      [
        'Weights',
        `${count(all)} in ${count(model.tensors)} tensors: ${count(weights.trained)} trained, ${count(weights.statistic)} averaged only (moments of normalisation), ${count(weights.frozen)} frozen`,
      ],
      ['Frozen by the job', list(model.frozenLayers)],
      [
        'Input',
        model.input === null
          ? `${describe(card.data)}: what the clients’ own programs make of them`
          : `${describe(card.data)}: ${shape(model.input.shape)}${model.input.tokens === null ? '' : `, whole numbers below ${count(model.input.tokens)}`}`,
      ],
      [
        'Output',
        model.output === null
          ? 'what the clients’ own programs make of it'
          : 'classes' in model.output
            ? `one of ${count(model.output.classes)} classes`
            : `${count(model.output.outputs)} ${model.output.outputs === 1 ? 'number' : 'numbers'}`,
      ],
      ['Classes, in order', list(model.classes, 100)],
      ['Size', `${count(version.bytes)} bytes`],
      ['Made', time(version.createdAt)],
    ]),
    '## How good it is',
    scoreTable([
      [`the coordinator’s test data (${card.testData})`, version.test],
      ['the clients’ own validation parts, as they told it', version.clients],
    ]),
    '### By version',
    versionTable(card),
    '## How it was trained',
    table([
      ['Job', `${job.id}, begun ${time(job.createdAt)}, ${job.state}, ${count(job.roundsPlanned)} rounds planned`],
      ['Workflow', training.workflow],
      ['Rounds in this version', count(training.rounds)],
      ['Clients that contributed', `${count(training.contributors)} different ones`],
      ['Updates that counted', count(training.updates)],
      ['Examples in all rounds', `${count(training.examples)}; those of a client count once a round`],
      [
        'In each tab',
        `${count(training.localEpochs)} ${training.localEpochs === 1 ? 'epoch' : 'epochs'} a round, batches of ${count(training.batchSize)}, ${share(training.validationSplit)} of the examples held back for scoring`,
      ],
      ['Optimizer', settings(training.optimizer)],
      ['Loss', training.loss],
      ['Class weights', training.classWeights === null ? 'none' : training.classWeights.join(', ')],
      ['Seed', String(training.seed)],
    ]),
    '## How updates became one model',
    'The mean of the clients’ weight differences, weighted by their numbers of examples, was added to the version before. The sum is exact: it does not depend on the order in which updates came.',
    table([
      ['Clients at least', count(aggregation.minClients)],
      [
        'Updates a round',
        aggregation.clientsPerRound === null ? 'from all that were selected' : count(aggregation.clientsPerRound),
      ],
      ['Selected for each update wanted', String(aggregation.overSelection)],
      ['Selection', aggregation.sampler],
      ['Who might be selected', settings(aggregation.eligibility)],
      ['Limits of an update', settings(aggregation.limits)],
    ]),
    '## Privacy',
    bullets(privacy.statements),
    '## Where it comes from',
    table([
      ['Manifest (sha256)', code(provenance.manifest)],
      ['Version before', provenance.parent === null ? 'none' : code(provenance.parent)],
      ['Topology', code(provenance.topology)],
      ['Parameters', code(provenance.parameters)],
      ['Frozen parameters', provenance.frozenParameters === null ? 'none' : code(provenance.frozenParameters)],
      ...origin(provenance.initialWeights, model.tensors, training.seed),
    ]),
    '## What it is not good for',
    bullets(card.limitations),
  ]
  return `${parts.filter((part) => part !== '').join('\n\n')}\n`
}

function origin(initial: ModelCard['provenance']['initialWeights'], tensors: number, seed: number): [string, string][] {
  if (initial === null) return [['Version 0', `drawn from the seed ${seed}`]]
  const { from, sha256, seeded, ignored } = initial
  return [
    [
      'Version 0',
      `${count(tensors - seeded.length)} of ${count(tensors)} tensors from ${line(from)}, sha256 ${code(sha256)}`,
    ],
    ['Of it, drawn from the seed', list(seeded)],
    ['In that file, but not used', list(ignored)],
  ]
}

function scoreTable(rows: readonly (readonly [string, Score | null])[]): string {
  return bullets(
    rows.map(
      ([on, score]) =>
        `On ${on}: ${score === null ? 'not measured' : `${scoreText(score)}, on ${count(score.examples)} examples`}.`,
    ),
  )
}

function versionTable({ versions, metrics }: ModelCard): string {
  const metric = metrics[0] ?? ''
  const listed = thinned(versions)
  const head = ['Version', 'Updates', 'Examples', `Test ${metric}`, 'Test loss', `Clients’ ${metric}`, 'Clients’ loss']
  const rows = listed.map(({ version, updates, examples, test, clients }) => [
    String(version),
    count(updates),
    count(examples),
    figure(test?.metrics[metric]),
    figure(test?.loss),
    figure(clients?.metrics[metric]),
    figure(clients?.loss),
  ])
  const more =
    listed.length < versions.length
      ? `\n\n${count(listed.length)} of ${count(versions.length)} versions; card.json has all.`
      : ''
  return `${[head, head.map(() => '---:'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n')}${more}`
}

function thinned(versions: readonly CardVersion[]): readonly CardVersion[] {
  if (versions.length <= ROWS) return versions
  const step = (versions.length - 1) / (ROWS - 1)
  return Array.from({ length: ROWS }, (_, i) => versions[Math.round(i * step)] as CardVersion)
}

function scoreText({ loss, metrics }: Score): string {
  const named = Object.entries(metrics).map(([name, value]) => `${name} ${figure(value)}`)
  return [...named, ...(loss === null ? [] : [`loss ${figure(loss)}`])].join(', ') || 'no figure'
}

const figure = (value: number | null | undefined) => (value === null || value === undefined ? '–' : value.toFixed(4))
const count = (value: number) => value.toLocaleString('en')
const share = (value: number) => `${Number((value * 100).toFixed(2))} %`
const shape = (of: readonly number[]) => of.join(' × ')
const time = (at: number | null) => (at === null ? 'unknown' : new Date(at).toISOString())
const code = (text: string) => `\`${text}\``
const bullets = (sentences: readonly string[]) => sentences.map((sentence) => `- ${line(sentence)}`).join('\n')

function table(rows: readonly (readonly [string, string])[]): string {
  return ['| | |', '| --- | --- |', ...rows.map(([name, value]) => `| ${name} | ${value} |`)].join('\n')
}

function list(names: readonly string[], longest = 30): string {
  return names.length === 0 ? 'none' : listedUpTo(names.map(line), longest)
}

/** Settings with their values; what is not set is left out. */
function settings(of: object): string {
  const set = Object.entries(of).filter(([, value]) => value !== null && value !== false)
  return set
    .map(
      ([name, value]) =>
        `${name} ${typeof value === 'object' ? `(${Array.isArray(value) ? value.join(', ') : settings(value)})` : String(value)}`,
    )
    .join(', ')
}

/** What people wrote, as text in one line: nothing in it is Markdown. */
function line(text: string): string {
  return text.replace(/\s+/g, ' ').replace(/[\\`*_[\]<>|#]/g, '\\$&')
}

function kindOf({ preset, ofLayers }: ModelCard['model']): string {
  if (!ofLayers) return 'tensors without layers, for programs of the clients’ own'
  return preset === null ? 'a topology given with the job' : `the preset ${preset}`
}
