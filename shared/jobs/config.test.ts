import { describe, expect, it } from 'vitest'
import { TributaryError } from '../errors/error.ts'
import { SGD } from '../protocol/testing.ts'
import { type JobConfigInput, parseJobConfig } from './config.ts'
import { mlp } from './models.ts'
import { trainSettings } from './settings.ts'
import { digitsJob, mnistJob } from './templates.ts'

const SMALLEST: JobConfigInput = { name: 'Cats', model: { preset: 'mlp-32' }, data: { classes: ['cat', 'dog'] } }

/** The sentence with which a job is refused. */
function refusal(input: unknown): string {
  try {
    parseJobConfig(input, 'cats.json')
  } catch (thrown) {
    if (thrown instanceof TributaryError && thrown.code === 'job/invalid') return thrown.message
    throw thrown
  }
  return 'accepted'
}

describe('a job file', () => {
  it('needs a name, a model and classes; everything else has its default here', () => {
    expect(parseJobConfig(SMALLEST, 'cats.json')).toEqual({
      name: 'Cats',
      description: '',
      workflow: 'fedavg',
      model: { preset: 'mlp-32', weights: null, frozen: [] },
      data: {
        kind: 'images',
        width: 28,
        height: 28,
        channels: 1,
        classes: ['cat', 'dog'],
        resize: 'crop',
        invert: false,
        normalise: { mean: [0], std: [1] },
        augment: [],
      },
      loss: 'sparseCategoricalCrossentropy',
      metrics: ['accuracy'],
      localEpochs: 1,
      batchSize: 32,
      optimizer: {
        name: 'sgd',
        learningRate: 0.1,
        clipNorm: null,
        clipValue: null,
        schedule: { kind: 'constant', period: null, warmUp: 0 },
      },
      classWeights: null,
      validationSplit: 0.1,
      rounds: 10,
      minClients: 1,
      clientsPerRound: null,
      overSelection: 1,
      sampler: 'uniform',
      eligibility: { minExamples: 1, maxExamples: null, backends: null, hardware: false },
      deadlineSeconds: 120,
      graceSeconds: 10,
      maxAbandonedAttempts: 5,
      seed: 1,
      demoData: { source: 'none', partition: 'iid', partitions: 10 },
      autoStart: true,
      retention: { last: 20, best: true, every: 10 },
      limits: { maxElement: 1024, maxNorm: 10_000 },
    })
  })

  it('has the loss and the metric that suit its targets, where it names none', () => {
    expect(parseJobConfig({ ...SMALLEST, ...PRICES }, 'prices.json')).toMatchObject({
      loss: 'meanSquaredError',
      metrics: ['mae'],
      data: { columns: [{ mean: 0, std: 1, missing: null }, { values: ['Oslo', 'Rom'] }], classes: [] },
    })
    const text = { model: { preset: 'gru-text' }, data: { kind: 'text' } } as const
    expect(
      parseJobConfig({ ...SMALLEST, ...text, metrics: ['accuracy', 'perplexity', 'top5'] }, 'text.json'),
    ).toMatchObject({
      loss: 'sparseCategoricalCrossentropy',
      metrics: ['accuracy', 'perplexity', 'top5'],
      data: { tokens: 'characters', length: 80, stride: 1 },
    })
  })

  it('may be of tensors alone, for programs that bring examples of their own', () => {
    const tensors = { numbers: [2, 2], one: [] }
    const job = parseJobConfig({ name: 'Numbers', model: { tensors }, data: { kind: 'own' } }, 'numbers.json')
    expect(job.model).toEqual({ tensors, weights: null, frozen: [] })
    expect(refusal({ ...job, model: { tensors, frozen: ['hidden'] } })).toContain('model.frozen: names layers')
    expect(job.data).toEqual({ kind: 'own', description: '', classes: [] })
    // Whatever such a program measures.
    expect(() => parseJobConfig({ ...job, metrics: ['accuracy', 'mae'] }, 'numbers.json')).not.toThrow()
  })

  it('fills in what a part of it leaves out', () => {
    const change = {
      optimizer: { name: 'adam' },
      limits: { maxNorm: 5 },
      eligibility: { hardware: true },
    } satisfies Partial<JobConfigInput>
    expect(parseJobConfig({ ...SMALLEST, ...change }, 'cats.json')).toMatchObject({
      optimizer: { name: 'adam', learningRate: 0.1 },
      eligibility: { minExamples: 1, maxExamples: null, backends: null, hardware: true },
      limits: { maxElement: 1024, maxNorm: 5 },
    })
  })

  it.each([
    ['the smallest', SMALLEST],
    ['the built-in digits', digitsJob],
    ['the built-in MNIST', mnistJob],
    ['one with a topology of its own', { ...SMALLEST, model: { topology: mlp(4, [], 2) } }],
  ])('stays the same when it is read again: %s', (_, input) => {
    const parsed = parseJobConfig(input, 'a job')
    expect(parseJobConfig(JSON.parse(JSON.stringify(parsed)), 'its record')).toEqual(parsed)
  })

  it('is not changed by being read', () => {
    const frozen = Object.freeze({ ...SMALLEST, data: Object.freeze({ classes: ['a', 'b'] }) })
    parseJobConfig(frozen, 'cats.json')
    expect(frozen).toEqual({ ...SMALLEST, data: { classes: ['a', 'b'] } })
  })
})

/** A job whose examples have numbers for targets. */
const PRICES = {
  model: { preset: 'tabular-mlp' },
  data: { kind: 'table', columns: [{ name: 'size' }, { name: 'town', values: ['Oslo', 'Rom'] }], target: 'price' },
} as const

const optimizer = (o: unknown) => ({ optimizer: o })
const eligibility = (e: unknown) => ({ eligibility: e })
const data = (d: object) => ({ data: { classes: ['a', 'b'], ...d } })
const WRONG: [path: string, change: object][] = [
  // Missing, or of the wrong type.
  ['name', { name: undefined }],
  ['name', { name: 7 }],
  ['model', { model: undefined }],
  ['model', { model: 'mlp-32' }],
  ['data', { data: undefined }],
  ['data.classes', { data: {} }],
  ['rounds', { rounds: '10' }],
  ['rounds', { rounds: null }],
  ['autoStart', { autoStart: 'yes' }],
  ['metrics', { metrics: 'accuracy' }],
  ['limits', { limits: [] }],
  ['eligibility.hardware', eligibility({ hardware: 'yes' })],
  // None of the names that there are.
  ['model.preset', { model: { preset: 'gpt' } }],
  ['model.topology', { model: { topology: 'a file’s name' } }],
  ['model.topology', { model: { topology: { class_name: 'MyModel', config: {} } } }],
  ['model', { model: { preset: 'mlp', topology: mlp(784, [4], 10) } }],
  ['model.weights', { model: { preset: 'mlp', weights: 'a file’s name' } }],
  ['model.weights.sha256', { model: { preset: 'mlp', weights: { from: 'w.safetensors' } } }],
  ['model.weights.sha256', { model: { preset: 'mlp', weights: { from: 'w.safetensors', sha256: 'x' } } }],
  ['model.frozen.0', { model: { preset: 'mlp', frozen: [''] } }],
  ['workflow', { workflow: 'fedavgg' }],
  ['loss', { loss: 'hinge' }],
  ['metrics.1', { metrics: ['accuracy', 'f2'] }],
  ['metrics.0', { metrics: ['top1'] }],
  ['metrics.0', { metrics: ['mae'] }],
  ['metrics', { metrics: [] }],
  ['metrics.0', { ...PRICES, metrics: ['f1'] }],
  ['metrics.0', { loss: 'mse', metrics: ['perplexity'] }],
  ['loss', { ...PRICES, loss: 'binaryCrossentropy' }],
  ['classWeights', { ...PRICES, classWeights: [1, 1] }],
  ['model.preset', { model: { preset: 'gru-text' } }],
  ['model.preset', { ...PRICES, model: { preset: 'lenet' } }],
  ['data.kind', { data: { kind: 'sounds' } }],
  ['data.columns', { ...PRICES, data: { kind: 'table', target: 'price', columns: [] } }],
  ['data.columns.0.std', { ...PRICES, data: { kind: 'table', target: 'price', columns: [{ name: 'size', std: 0 }] } }],
  ['data.normalise.mean', data({ channels: 3, normalise: { mean: [0, 0], std: [1] } })],
  ['data.classes', data({ classes: ['a', 'a'] })],
  ['data.augment.0.kind', data({ augment: [{ kind: 'mixup' }] })],
  ['data.augment.0.pixels', data({ augment: [{ kind: 'shift' }] })],
  ['data.augment.1.pixels', data({ augment: [{ kind: 'flip' }, { kind: 'shift', pixels: 28 }] })],
  ['data.augment.0.pixels', data({ height: 20, augment: [{ kind: 'cutout', pixels: 20 }] })],
  ['data.augment.0.degrees', data({ augment: [{ kind: 'rotate', degrees: 181 }] })],
  ['data.augment.0.by', data({ augment: [{ kind: 'brightness', by: 0 }] })],
  ['data.augment.0.by', data({ augment: [{ kind: 'contrast', by: 1.1 }] })],
  ['data.augment.0.deviation', data({ augment: [{ kind: 'noise', deviation: -0.1 }] })],
  ['data.augment', data({ augment: Array.from({ length: 17 }, () => ({ kind: 'flip' })) })],
  ['data', { ...PRICES, data: { ...PRICES.data, augment: [{ kind: 'flip' }] } }],
  ['data', { model: { preset: 'gru-text' }, data: { kind: 'text', augment: [] } }],
  ['data.classes', { ...PRICES, data: { ...PRICES.data, classes: ['dear'] } }],
  ['data.columns', { ...PRICES, data: { ...PRICES.data, columns: [{ name: 'a' }, { name: 'A ' }] } }],
  ['data.columns.0.values', { ...PRICES, data: { ...PRICES.data, columns: [{ name: 'a', values: ['x', 'x'] }] } }],
  ['data.target', { ...PRICES, data: { ...PRICES.data, target: 'Size' } }],
  ['data.vocabulary', { model: { preset: 'gru-text' }, data: { kind: 'text', vocabulary: [] } }],
  ['data.vocabulary', { model: { preset: 'gru-text' }, data: { kind: 'text', vocabulary: ['a', 'a'] } }],
  ['data.vocabulary', { model: { preset: 'gru-text' }, data: { kind: 'text', tokens: 'words', vocabulary: ['The'] } }],
  ['metrics.0', { metrics: ['top5'] }],
  ['data.normalise.std.0', data({ normalise: { mean: [0], std: [0] } })],
  ['data.length', { model: { preset: 'gru-text' }, data: { kind: 'text', length: 0 } }],
  ['optimizer.name', optimizer({ name: 'lion' })],
  ['demoData.source', { demoData: { source: 'cifar' } }],
  ['sampler', { sampler: 'random' }],
  ['eligibility.backends.0', eligibility({ backends: ['tpu'] })],
  // Out of range: refused, not clamped.
  ['name', { name: '   ' }],
  ['name', { name: 'x'.repeat(81) }],
  ['description', { description: 'x'.repeat(601) }],
  ['data.width', data({ width: 0 })],
  ['data.height', data({ height: 1025 })],
  ['data.channels', data({ channels: 5 })],
  ['data.classes', data({ classes: ['only one'] })],
  ['data.classes', data({ classes: Array.from({ length: 257 }, (_, i) => `c${i}`) })],
  ['data.classes.1', data({ classes: ['a', ''] })],
  ['localEpochs', { localEpochs: 0 }],
  ['localEpochs', { localEpochs: 1.5 }],
  ['localEpochs', { localEpochs: 1001 }],
  ['batchSize', { batchSize: 0 }],
  ['batchSize', { batchSize: 65_537 }],
  ['optimizer.learningRate', optimizer({ learningRate: 0 })],
  ['optimizer.learningRate', optimizer({ learningRate: -1 })],
  ['optimizer.learningRate', optimizer({ learningRate: 101 })],
  ['optimizer.learningRate', optimizer({ learningRate: Number.NaN })],
  ['optimizer.learningRate', optimizer({ learningRate: Number.POSITIVE_INFINITY })],
  ['optimizer.momentum', optimizer({ name: 'momentum', momentum: 1 })],
  ['optimizer.momentum', optimizer({ name: 'sgd', momentum: 0.9 })],
  ['optimizer.beta1', optimizer({ name: 'momentum', beta1: 0.9 })],
  ['optimizer.beta2', optimizer({ name: 'adam', beta2: 1 })],
  ['optimizer.rho', optimizer({ name: 'adam', rho: 0.9 })],
  ['optimizer.epsilon', optimizer({ name: 'sgd', epsilon: 1e-7 })],
  ['optimizer.epsilon', optimizer({ name: 'adam', epsilon: 0 })],
  ['optimizer.weightDecay', optimizer({ weightDecay: -1 })],
  ['optimizer.clipNorm', optimizer({ clipNorm: 0 })],
  ['optimizer.clipValue', optimizer({ clipNorm: 1, clipValue: 1 })],
  ['optimizer.schedule.kind', optimizer({ schedule: { kind: 'linear' } })],
  ['optimizer.schedule.kind', optimizer({ schedule: { factor: 0.5 } })],
  ['optimizer.schedule.period', optimizer({ schedule: { kind: 'step' } })],
  ['optimizer.schedule.period', optimizer({ schedule: { kind: 'cosine', period: 0 } })],
  ['optimizer.schedule.factor', optimizer({ schedule: { kind: 'cosine', factor: 2 } })],
  ['optimizer.schedule.warmUp', optimizer({ schedule: { warmUp: -1 } })],
  ['classWeights', { classWeights: [1] }],
  ['classWeights', { classWeights: [0, 0] }],
  ['classWeights.1', { classWeights: [1, -1] }],
  ['validationSplit', { validationSplit: 0.91 }],
  ['validationSplit', { validationSplit: -0.1 }],
  ['rounds', { rounds: 0 }],
  ['rounds', { rounds: 100_001 }],
  ['minClients', { minClients: 0 }],
  ['clientsPerRound', { clientsPerRound: 0 }],
  ['clientsPerRound', { minClients: 3, clientsPerRound: 2 }],
  ['overSelection', { overSelection: 0.9 }],
  ['overSelection', { overSelection: 11 }],
  ['eligibility.minExamples', eligibility({ minExamples: 0 })],
  ['eligibility.minExamples', eligibility({ minExamples: 1.5 })],
  ['eligibility.maxExamples', eligibility({ maxExamples: 100_000_001 })],
  ['eligibility.maxExamples', eligibility({ minExamples: 10, maxExamples: 9 })],
  ['eligibility.backends', eligibility({ backends: [] })],
  ['deadlineSeconds', { deadlineSeconds: 0 }],
  ['deadlineSeconds', { deadlineSeconds: 86_401 }],
  ['graceSeconds', { graceSeconds: -1 }],
  ['graceSeconds', { graceSeconds: 3601 }],
  ['maxAbandonedAttempts', { maxAbandonedAttempts: 0 }],
  ['seed', { seed: -1 }],
  ['seed', { seed: 2 ** 32 }],
  ['seed', { seed: 0.5 }],
  ['demoData.partitions', { demoData: { partitions: 0 } }],
  ['demoData.partition', { demoData: { partition: 'x'.repeat(41) } }],
  ['retention.last', { retention: { last: 0 } }],
  ['retention.last', { retention: { last: 2.5 } }],
  ['retention.last', { retention: { last: null } }],
  ['retention.best', { retention: { best: 1 } }],
  ['retention.every', { retention: { every: 0 } }],
  ['retention.every', { retention: { every: 1_000_001 } }],
  ['limits.maxElement', { limits: { maxElement: 0 } }],
  ['model.tensors.a.0', { model: { tensors: { a: [0] } }, data: { kind: 'own' } }],
  ['model.tensors', { model: { tensors: {} }, data: { kind: 'own' } }],
  ['model.tensors', { model: { tensors: { a: [1] } } }],
  ['model.preset', { data: { kind: 'own' } }],
  ['demoData.source', { data: { kind: 'own' }, demoData: { source: 'mnist' } }],
  ['limits.maxElement', { limits: { maxElement: 1_048_577 } }],
  ['limits.maxNorm', { limits: { maxNorm: -1 } }],
]

describe('a wrong job file', () => {
  it.each(WRONG)('is refused and %s named: %j', (path, change) => {
    const message = refusal({ ...SMALLEST, ...change })
    expect(message).toMatch(/^cats\.json does not describe a job that can run\. /)
    expect(message).toMatch(new RegExp(`(\\. |; )${path.replaceAll('.', '\\.')}: \\S`))
  })

  it.each([
    ['roundz', { roundz: 3 }],
    ['lr', optimizer({ lr: 0.1 })],
    ['depth', data({ depth: 3 })],
    ['kind', { demoData: { kind: 'iid' } }],
    ['browsers', eligibility({ browsers: ['firefox'] })],
    ['lats', { retention: { lats: 1 } }],
    ['maxNrom', { limits: { maxNrom: 1 } }],
  ])('is refused for the unknown field %s', (key, change) => {
    expect(refusal({ ...SMALLEST, ...change })).toContain(`"${key}"`)
  })

  it('is told why tables and texts are not varied', () => {
    const message = refusal({ ...SMALLEST, ...PRICES, data: { ...PRICES.data, augment: [{ kind: 'flip' }] } })
    expect(message).toContain('data: augment is for images; tables and texts are trained on as they are. Leave it out.')
  })

  it('names all its faults at once', () => {
    const message = refusal({ ...SMALLEST, rounds: 0, seed: -1, optimizer: { name: 'lion' } })
    for (const path of ['rounds', 'seed', 'optimizer.name']) expect(message).toContain(`${path}: `)
  })

  it.each([null, undefined, 'text', 3, []])('that is %j is refused as a whole', (input) => {
    expect(refusal(input)).toContain('the job: ')
  })
})

describe('whom a job takes', () => {
  it('may be narrowed to one number of examples', () => {
    const { eligibility } = parseJobConfig(
      { ...SMALLEST, eligibility: { minExamples: 9, maxExamples: 9 } },
      'cats.json',
    )
    expect(eligibility).toMatchObject({ minExamples: 9, maxExamples: 9 })
  })

  it('says why bounds that cross would leave nobody', () => {
    expect(refusal({ ...SMALLEST, eligibility: { minExamples: 10, maxExamples: 9 } })).toContain(
      'eligibility.maxExamples: is smaller than minExamples, so nobody could ever be selected',
    )
  })
})

describe('what a client is told of how to train', () => {
  it('has every number that its optimizer needs', () => {
    const settingsOf = (o: JobConfigInput['optimizer']) =>
      trainSettings(parseJobConfig({ ...SMALLEST, optimizer: o, rounds: 50 }, 'cats.json'), 1).optimizer
    expect(settingsOf({ name: 'rmsprop' })).toMatchObject({ momentum: 0, rho: 0.9, epsilon: 1e-7, weightDecay: 0 })
    expect(settingsOf({ name: 'nesterov' })).toMatchObject({ momentum: 0.9 })
    expect(settingsOf({ name: 'adamw' })).toMatchObject({ beta1: 0.9, beta2: 0.999, weightDecay: 0.01 })
    expect(settingsOf({ name: 'adam', beta1: 0.5, weightDecay: 0.2 })).toMatchObject({ beta1: 0.5, weightDecay: 0.2 })
    expect(settingsOf({ schedule: { kind: 'cosine', warmUp: 3 } }).schedule).toEqual({
      kind: 'cosine',
      period: 50,
      factor: 0,
      warmUp: 3,
    })
    expect(settingsOf({ schedule: { kind: 'step', period: 30 } }).schedule).toMatchObject({ period: 30, factor: 0.1 })
  })

  it('is the job’s, with a seed of the task’s own', () => {
    const config = parseJobConfig({ ...SMALLEST, localEpochs: 3, batchSize: 8, seed: 5 }, 'cats.json')
    expect(trainSettings(config, 77)).toEqual({
      epochs: 3,
      batchSize: 8,
      optimizer: { ...SGD, schedule: { kind: 'constant', period: 10, factor: 0, warmUp: 0 } },
      loss: 'sparseCategoricalCrossentropy',
      classWeights: null,
      metrics: ['accuracy'],
      seed: 77,
    })
  })
})
