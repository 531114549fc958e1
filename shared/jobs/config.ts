/** A job's configuration: the one place where its fields, bounds and defaults are written. */
import * as z from 'zod'
import { TributaryError } from '../errors/error.ts'
import { LOSSES, SHORT_LOSSES } from './losses.ts'
import { optimizerConfigSchema } from './optimizer.ts'
import { PRESET_NAMES } from './presets/presets.ts'

export const METRICS = ['accuracy'] as const

const inFull = (name: unknown) => (typeof name === 'string' ? (SHORT_LOSSES[name] ?? name) : name)

const modelSchema = z.union(
  [z.strictObject({ preset: z.enum(PRESET_NAMES) }), z.strictObject({ topology: z.record(z.string(), z.unknown()) })],
  {
    error: `it takes {"preset": NAME}, NAME being ${PRESET_NAMES.join(' or ')}, or {"topology": the model’s Keras/tfjs JSON}`,
  },
)

export const jobConfigSchema = z
  .strictObject({
    name: z.string().trim().min(1).max(80),
    description: z.string().trim().max(600).default(''),
    workflow: z.enum(['fedavg']).default('fedavg'),
    model: modelSchema,
    data: z.strictObject({
      width: z.int().min(1).max(1024).default(28),
      height: z.int().min(1).max(1024).default(28),
      channels: z.int().min(1).max(4).default(1),
      classes: z.array(z.string().min(1).max(40)).min(2).max(256),
    }),
    loss: z.preprocess(inFull, z.enum(LOSSES)).default('sparseCategoricalCrossentropy'),
    metrics: z.array(z.enum(METRICS)).min(1).default(['accuracy']),
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
        /** How its training set is divided: iid, dirichlet:ALPHA or shards:N. */
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
  .refine(({ classWeights, data }) => classWeights === null || classWeights.length === data.classes.length, {
    path: ['classWeights'],
    message: 'needs one number for each of data.classes',
  })
  .refine(({ classWeights }) => classWeights === null || classWeights.some((weight) => weight > 0), {
    path: ['classWeights'],
    message: 'are all 0, so nothing would be learned',
  })
  .refine(({ eligibility: { minExamples, maxExamples } }) => maxExamples === null || maxExamples >= minExamples, {
    path: ['eligibility', 'maxExamples'],
    message: 'is smaller than minExamples, so nobody could ever be selected',
  })

export type JobConfig = z.infer<typeof jobConfigSchema>
export type JobConfigInput = z.input<typeof jobConfigSchema>

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
