import { describe, expect, it } from 'vitest'
import { type JobConfigInput, parseJobConfig } from '../../../shared/jobs/config.ts'
import type { Manifest } from '../../../shared/jobs/manifest.ts'
import { digitsJob } from '../../../shared/jobs/templates.ts'
import type { Score } from '../../../shared/protocol/dashboard.ts'
import { job, version } from '../../storage/testing.ts'
import { modelCard } from './card.ts'
import { cardMarkdown } from './markdown.ts'

const score = (accuracy: number): Score => ({ loss: 1 - accuracy, metrics: { accuracy }, examples: 1000 })
const tensor = (name: string, shape: number[], role: 'trained' | 'statistic' | 'frozen') =>
  ({ name, shape, dtype: 'float32', role }) as const

interface Given {
  readonly config?: Partial<JobConfigInput>
  readonly test?: readonly (Score | null)[]
  readonly clients?: Score | null
  readonly initial?: Manifest['initial']
  readonly contributors?: number
}

/** The card of the last of as many versions as there are test scores. */
function card({
  config = {},
  test = [score(0.1), score(0.5)],
  clients = null,
  initial = null,
  contributors = 12,
}: Given = {}) {
  const number = test.length - 1
  const manifest: Manifest = {
    format: 'tributary-model/1',
    job: 'j-1',
    version: number,
    parent: number === 0 ? null : 'a'.repeat(64),
    topology: 'b'.repeat(64),
    layout: [
      tensor('f/kernel', [2, 3], 'frozen'),
      tensor('d/kernel', [3, 4], 'trained'),
      tensor('n/mean', [4], 'statistic'),
    ],
    params: { digest: 'c'.repeat(64), bytes: 200 },
    base: { digest: 'd'.repeat(64), bytes: 100 },
    initial,
    optimizerState: null,
  }
  const versions = test.map((scored, i) =>
    version('j-1', i, {
      test: scored,
      clients: i === number ? clients : null,
      updates: i === 0 ? 0 : 3,
      examples: i === 0 ? 0 : 90,
    }),
  )
  return modelCard({
    job: { ...job('j-1'), config: parseJobConfig({ ...digitsJob, ...config }, 'the test’s job') },
    manifest,
    digest: 'e'.repeat(64),
    versions,
    contributors,
    software: 'tributary-fl 9.9.9',
  })
}

describe('a model card', () => {
  it('counts weights by role, and updates and examples over the rounds', () => {
    const { model, version, training } = card({ test: [null, null, score(0.5)] })
    expect(model.weights).toEqual({ trained: 12, statistic: 4, frozen: 6 })
    expect(version).toMatchObject({ number: 2, bytes: 300, test: score(0.5) })
    expect(training).toMatchObject({ rounds: 2, updates: 6, examples: 180, contributors: 12 })
  })

  it('names of the optimizer only what it uses', () => {
    expect(card().training.optimizer).toEqual({ name: 'sgd', learningRate: 0.05 })
    const adam = card({ config: { optimizer: { name: 'adam', clipNorm: 2, schedule: { kind: 'cosine' } } } })
    expect(adam.training.optimizer).toEqual({
      name: 'adam',
      learningRate: 0.1,
      beta1: 0.9,
      beta2: 0.999,
      epsilon: 1e-7,
      clipNorm: 2,
      schedule: { kind: 'cosine', period: 20, factor: 0, warmUp: 0 },
    })
  })

  it('claims no protection that there is not, and names what is sent', () => {
    const { privacy } = card({ config: { metrics: ['accuracy', 'top2'], limits: { maxNorm: 7 } } })
    expect(privacy).toMatchObject({ differentialPrivacy: false, secureAggregation: false })
    const text = privacy.statements.join(' ')
    expect(text).toContain('no differential privacy')
    expect(text).toContain('no secure aggregation')
    // What is frozen is not sent.
    expect(text).toContain('the change of its 16 weights, the number of its examples, its loss and accuracy, top2')
    expect(text).toContain('longer than 7 (Euclidean)')
    expect(Object.keys(privacy.settings).sort()).toEqual(['limits', 'metrics', 'minClients', 'workflow'])
  })

  const limitations = (given: Given) => card(given).limitations.join(' ')

  it('tells what it is not good for, as far as the records tell', () => {
    expect(limitations({})).toContain('digits drawn by a program')
    expect(limitations({})).not.toMatch(/untrained|Nobody has measured|contributed|scored better|began with/)
    expect(limitations({ test: [score(0.1)] })).toContain('It is untrained: version 0, as the seed drew it.')
    expect(limitations({ test: [null, null] })).toContain('Nobody has measured this version.')
    expect(limitations({ test: [null, null], clients: score(0.5) })).toContain('measured by the clients alone')
    expect(limitations({ contributors: 1 })).toContain('Only 1 client contributed.')
    expect(limitations({ contributors: 9 })).toContain('Only 9 different clients contributed.')
    const worse = limitations({ test: [score(0.1), score(0.8), score(0.9), score(0.7)] })
    expect(worse).toContain('Version 2 scored better on the test data: accuracy 0.9000, against 0.7000.')
  })

  it('tells of weights that were given', () => {
    const initial = { from: 'birds.safetensors', sha256: 'f'.repeat(64), seeded: ['d/kernel'], ignored: ['old/kernel'] }
    const text = cardMarkdown(card({ test: [score(0.1)], initial }))
    expect(text).toContain(`| Version 0 | 2 of 3 tensors from birds.safetensors, sha256 \`${initial.sha256}\` |`)
    expect(text).toContain('| Of it, drawn from the seed | d/kernel |')
    expect(text).toContain('| In that file, but not used | old/kernel |')
    expect(text).toContain('It is version 0, as it was given')
    expect(text).toContain('What the weights it began with had been trained on is not in the records.')
    expect(text).not.toContain('untrained')
  })
})

describe('a model card as Markdown', () => {
  it('takes what people wrote for text', () => {
    const config = { name: '# Big | [news](x)', description: 'one\n\n# two <script>' }
    const text = cardMarkdown(card({ config }))
    expect(text).toContain('# \\# Big \\| \\[news\\](x), version 1\n\none \\# two \\<script\\>\n')
  })

  it('lists every version where there are few, and evenly many of many', () => {
    const rows = (text: string) =>
      [...text.matchAll(/^\| (\d+) \| \d+ \| \d+ \|/gm)].map(([, number]) => Number(number))
    expect(rows(cardMarkdown(card()))).toEqual([0, 1])
    const many = cardMarkdown(card({ test: Array.from({ length: 500 }, () => score(0.5)) }))
    expect(rows(many)).toHaveLength(60)
    expect(rows(many).at(-1)).toBe(499)
    expect(many).toContain('60 of 500 versions; card.json has all.')
  })

  it('shows a dash for what was not measured', () => {
    const text = cardMarkdown(card({ test: [null, { loss: null, metrics: {}, examples: 0 }] }))
    expect(text).toContain('| 0 | 0 | 0 | – | – | – | – |')
    expect(text).toContain('- On the clients’ own validation parts, as they told it: not measured.')
  })
})
