/** A job's configuration: the one place where its fields, bounds and defaults are written. */
import * as z from 'zod'
import { classesOf, targetsOf } from '../datasets/schema.ts'
import { TributaryError } from '../errors/error.ts'
import { type JobData, type JobDataInput, jobDataSchema } from '../protocol/data.ts'
import { faultsOf } from './data-faults.ts'
import { CROSS_ENTROPIES, LOSSES, type LossName, SHORT_LOSSES } from './losses.ts'
import { METRIC_NAMES, metricInfo, topOf } from './metrics.ts'
import { modelSchema } from './model-config.ts'
import { optimizerConfigSchema } from './optimizer.ts'
import { PRESET_NAMES, PRESETS } from './presets/presets.ts'

const SHORT: Readonly<Record<string, LossName>> = SHORT_LOSSES
const inFull = (name: unknown) => (typeof name === 'string' ? (SHORT[name] ?? name) : name)

/** A job of pictures need not say so. */
const withKind = (data: unknown) =>
  typeof data === 'object' && data !== null && !Array.isArray(data) ? { kind: 'images', ...data } : data

const metricName = z.string().refine((name) => metricInfo(name) !== null, {
  error: `there is none of that name; there are ${METRIC_NAMES.join(', ')}, and top2 to top99`,
})

export const jobConfigSchema = z
  .strictObject({
    name: z.string().trim().min(1).max(80),
    description: z.string().trim().max(600).default(''),
    workflow: z.enum(['fedavg']).default('fedavg'),
    model: modelSchema,
    data: z.preprocess(withKind, jobDataSchema),
    /** sparseCategoricalCrossentropy where there are classes, meanSquaredError where there are none. */
    loss: z.preprocess(inFull, z.enum(LOSSES)).optional(),
    /** The first is what versions are compared by. accuracy where there are classes, mae where there are none. */
    metrics: z.array(metricName).min(1).max(10).optional(),
    localEpochs: z.int().min(1).max(1000).default(1),
    batchSize: z.int().min(1).max(65536).default(32),
    optimizer: optimizerConfigSchema.prefault({}),
    /** By class, what an example's loss is multiplied by; null: by 1. */
    classWeights: z.array(z.number().min(0).max(1_000_000)).nullable().default(null),
    /** Of each client's examples, the part that is held back for evaluation. */
    validationSplit: z.number().min(0).max(0.9).default(0.1),
    rounds: z.int().min(1).max(100_000).default(10),
    /** Fewer answers than this, and an attempt is abandoned. */
    minClients: z.int().min(1).max(1_000_000).default(1),
    /** Updates that are enough for a round; null: from everybody who was selected. */
    clientsPerRound: z.int().min(1).max(1_000_000).nullable().default(null),
    /** Clients selected per update wanted. */
    overSelection: z.number().min(1).max(10).default(1),
    /** uniform: clients are selected by chance alone. least-recent: whoever contributed longest ago comes first. */
    sampler: z.enum(['uniform', 'least-recent']).default('uniform'),
    /** Whom tasks may go to; others may be connected, but are not selected. */
    eligibility: z
      .strictObject({
        minExamples: z.int().min(1).max(100_000_000).default(1),
        maxExamples: z.int().min(1).max(100_000_000).nullable().default(null),
        backends: z
          .array(z.enum(['webgpu', 'wasm', 'webgl', 'cpu']))
          .min(1)
          .nullable()
          .default(null),
        hardware: z.boolean().default(false),
      })
      .prefault({}),
    deadlineSeconds: z.number().min(1).max(86_400).default(120),
    graceSeconds: z.number().min(0).max(3600).default(10),
    maxAbandonedAttempts: z.int().min(1).max(1000).default(5),
    seed: z.int().min(0).max(0xffff_ffff).default(1),
    /** Data that the coordinator has itself: to test each version on, and to offer in partitions. */
    demoData: z
      .strictObject({
        source: z.enum(['none', 'synthetic-digits', 'mnist']).default('none'),
        /** How its training set is divided: shared/datasets/partition-spec.ts has the words. */
        partition: z.string().max(40).default('iid'),
        partitions: z.int().min(1).max(10_000).default(10),
      })
      .prefault({}),
    /** Whether the job starts by itself once enough clients are there. */
    autoStart: z.boolean().default(true),
    /** Which versions' weights stay in the store. The latest stays always, and every version's scores. */
    retention: z
      .strictObject({
        /** So many of the latest. */
        last: z.int().min(1).max(1_000_000).default(20),
        /** The one with the best score. */
        best: z.boolean().default(true),
        /** Every so-manieth, from version 0 on; null: none for its number. */
        every: z.int().min(1).max(1_000_000).nullable().default(10),
      })
      .prefault({}),
    limits: z
      .strictObject({
        /** B of rule A1: the largest |Δᵢ| of an update. */
        maxElement: z.number().min(1e-6).max(1_048_576).default(1024),
        maxNorm: z.number().positive().default(10_000),
      })
      .prefault({}),
  })
  .refine((job) => job.clientsPerRound === null || job.clientsPerRound >= job.minClients, {
    path: ['clientsPerRound'],
    message: 'is smaller than minClients, so no round could ever commit',
  })
  .transform(({ loss, metrics, ...job }) => {
    const ofClasses = 'classes' in targetsOf(job.data)
    const usualLoss: LossName = ofClasses ? 'sparseCategoricalCrossentropy' : 'meanSquaredError'
    return { ...job, loss: loss ?? usualLoss, metrics: metrics ?? [ofClasses ? 'accuracy' : 'mae'] }
  })
  .refine(({ classWeights, data }) => classWeights === null || classWeights.length === classesOf(data).length, {
    path: ['classWeights'],
    message: 'needs one number for each of data.classes',
  })
  .refine(({ loss, data }) => 'classes' in targetsOf(data) || !CROSS_ENTROPIES.includes(loss), {
    path: ['loss'],
    message: 'compares classes, and data.classes names none; use mse, mae or huber',
  })
  .superRefine(({ metrics, data, loss }, context) => {
    const ofClasses = 'classes' in targetsOf(data)
    metrics.forEach((name, i) => {
      const why = misfit(name, data, ofClasses, loss)
      if (why) context.addIssue({ code: 'custom', path: ['metrics', i], message: why })
    })
  })
  .superRefine(({ data, metrics }, context) => {
    for (const { path, message } of faultsOf(data))
      context.addIssue({ code: 'custom', path: ['data', ...path], message })
    const classes = classesOf(data).length
    metrics.forEach((name, i) => {
      if (classes === 0 || (topOf(name) ?? 0) < classes) return
      context.addIssue({ code: 'custom', path: ['metrics', i], message: `is always 1: there are ${classes} classes` })
    })
  })
  .superRefine(({ model, data, demoData }, context) => {
    const isOwn = data.kind === 'own'
    if ('tensors' in model && !isOwn) {
      const message =
        'are for a program of one’s own, which alone knows what to do with them; set data to {"kind": "own"}'
      context.addIssue({ code: 'custom', path: ['model', 'tensors'], message })
    }
    if (isOwn && demoData.source !== 'none') {
      const message = 'are pictures of digits, which data.kind own says nothing of; use "none"'
      context.addIssue({ code: 'custom', path: ['demoData', 'source'], message })
    }
    if (!('preset' in model)) return
    const takes: readonly string[] = PRESETS[model.preset].takes
    if (takes.includes(data.kind)) return
    const others = PRESET_NAMES.filter((name) => (PRESETS[name].takes as readonly string[]).includes(data.kind))
    const message = `${model.preset} is for ${takes.join(' and ')}, and data.kind is ${data.kind}; use ${others.join(' or ')}`
    context.addIssue({ code: 'custom', path: ['model', 'preset'], message })
  })
  .refine(({ classWeights }) => classWeights === null || classWeights.some((weight) => weight > 0), {
    path: ['classWeights'],
    message: 'are all 0, so nothing would be learned',
  })
  .refine(({ eligibility: { minExamples, maxExamples } }) => maxExamples === null || maxExamples >= minExamples, {
    path: ['eligibility', 'maxExamples'],
    message: 'is smaller than minExamples, so nobody could ever be selected',
  })

/** Why this metric says nothing of such a job; null where it does. */
function misfit(name: string, { kind }: JobData, ofClasses: boolean, loss: LossName): string | null {
  // Whatever the program says of its examples.
  if (kind === 'own') return null
  if (name === 'mae') return ofClasses ? 'mae is of numbers, and the job has classes; use accuracy' : null
  if (!ofClasses) return `${name} is of classes, and data.classes names none; use mae`
  if (name === 'perplexity' && !CROSS_ENTROPIES.includes(loss)) return `perplexity needs a cross-entropy for a loss`
  return null
}

export type JobConfig = z.infer<typeof jobConfigSchema>
type Input = z.input<typeof jobConfigSchema>
/** Of pictures, `data.kind` may be left out. */
export type JobConfigInput = Omit<Input, 'data' | 'loss'> & {
  readonly data: JobDataInput | Omit<Extract<JobDataInput, { kind: 'images' }>, 'kind'>
  readonly loss?: LossName | keyof typeof SHORT_LOSSES
}

/** The validated job with all defaults filled in. Throws 'job/invalid', naming every field that is wrong. */
export function parseJobConfig(input: unknown, source: string): JobConfig {
  const parsed = jobConfigSchema.safeParse(input)
  if (parsed.success) return parsed.data
  const faults = parsed.error.issues.map((issue) => {
    const where = issue.path.length > 0 ? issue.path.join('.') : 'the job'
    return `${where}: ${lowerFirst(issue.message)}`
  })
  throw new TributaryError('job/invalid', `${source} does not describe a job that can run. ${faults.join('; ')}.`)
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1)
}
