/**
 * What a participant's connection carries, event by event, as schemas. Both sides parse with them;
 * nothing that has not been parsed is used. The dashboard's namespace is in dashboard.ts.
 */
import * as z from 'zod/mini'
import { jobDataSchema } from './data.ts'

const text = (max: number) => z.string().check(z.minLength(1), z.maxLength(max))
const count = z.int().check(z.nonnegative())
const digest = z.string().check(z.regex(/^[0-9a-f]{64}$/))
const taskId = text(100)

/** Numbers by name. Values that are not finite do not pass. */
export const metricsSchema = z.record(z.string().check(z.maxLength(60)), z.number())
export type Metrics = z.infer<typeof metricsSchema>

export const BACKEND_NAMES = ['webgpu', 'wasm', 'webgl', 'cpu'] as const
export const backendNameSchema = z.enum(BACKEND_NAMES)
export type BackendName = z.infer<typeof backendNameSchema>

export const JOB_STATES = ['waiting', 'running', 'pausing', 'paused', 'finished', 'stopped', 'failed'] as const
export type JobState = (typeof JOB_STATES)[number]

/** Whether a job in this state has ended: finished, stopped or failed. */
export function isOver(state: JobState): boolean {
  return state === 'finished' || state === 'stopped' || state === 'failed'
}

/** What a client can compute with. `reason` says why it is not WebGPU, where it is not. */
export const capabilitiesSchema = z.object({
  backend: backendNameSchema,
  adapter: z.string().check(z.maxLength(200)),
  hardware: z.boolean(),
  reason: z.optional(z.string().check(z.maxLength(500))),
  /** As it was measured with the job's model. */
  examplesPerSecond: z.optional(z.number().check(z.positive())),
  /** Of every backend that was measured, the fastest first. */
  rates: z.optional(
    z
      .array(z.object({ backend: backendNameSchema, examplesPerSecond: z.number().check(z.positive()) }))
      .check(z.maxLength(BACKEND_NAMES.length)),
  ),
})
export type Capabilities = z.infer<typeof capabilitiesSchema>

/** All that is said of a participant's data: where they come from and how many there are. */
export const datasetSummarySchema = z.object({
  source: z.enum(['synthetic-digits', 'partition', 'files', 'captured', 'other']),
  train: z.int().check(z.minimum(1), z.maximum(100_000_000)),
  validation: z.int().check(z.minimum(0), z.maximum(100_000_000)),
})
export type DatasetSummary = z.infer<typeof datasetSummarySchema>

/** client → coordinator, first of all. Ack: {@link HelloAck}. */
export const helloSchema = z.object({
  protocol: z.int(),
  job: z.optional(text(100)),
  /** Proves the id that an earlier answer gave; absent for a client that is new. */
  resumeToken: z.optional(text(500)),
  /** Random, of this page load: a duplicated tab has its original's token, but never its nonce. */
  nonce: z.string().check(z.minLength(8), z.maxLength(64)),
  /** Whether tasks are wanted from the start. */
  available: z.boolean(),
  capabilities: capabilitiesSchema,
  dataset: datasetSummarySchema,
})
export type Hello = z.infer<typeof helloSchema>

/** The learning rate over the job's rounds; times are in rounds. */
export const scheduleSchema = z.object({
  kind: z.enum(['constant', 'step', 'cosine']),
  period: z.number(),
  factor: z.number(),
  warmUp: z.number(),
})
export type Schedule = z.infer<typeof scheduleSchema>

export const optimizerSchema = z.object({
  name: z.enum(['sgd', 'momentum', 'nesterov', 'adam', 'adamw', 'adagrad', 'rmsprop']),
  learningRate: z.number(),
  momentum: z.number(),
  beta1: z.number(),
  beta2: z.number(),
  rho: z.number(),
  epsilon: z.number(),
  weightDecay: z.number(),
  clipNorm: z.nullable(z.number()),
  clipValue: z.nullable(z.number()),
  schedule: scheduleSchema,
})
export type OptimizerSettings = z.infer<typeof optimizerSchema>
export type OptimizerName = OptimizerSettings['name']

/** How to train: everything that a local trainer needs beside model and data. */
export const trainSettingsSchema = z.object({
  epochs: z.int().check(z.minimum(1)),
  batchSize: z.int().check(z.minimum(1)),
  optimizer: optimizerSchema,
  loss: z.string(),
  /** By class, what an example's loss is multiplied by; null: by 1. */
  classWeights: z.nullable(z.array(z.number())),
  metrics: z.array(z.string()),
  /** Seed of everything random in this task. */
  seed: z.int(),
})
export type TrainSettings = z.infer<typeof trainSettingsSchema>

/** What everybody in a job may know about it. Sizes in bytes, times in milliseconds. */
export const jobInfoSchema = z.object({
  id: text(100),
  name: z.string(),
  description: z.string(),
  state: z.enum(JOB_STATES),
  /** Why the job is in this state, in a sentence; empty where the state says it all. */
  reason: z.string(),
  /** Waits for whoever runs the job to start it, not for clients. */
  held: z.boolean(),
  /** Rounds committed. */
  round: count,
  rounds: count,
  clients: count,
  minClients: count,
  /** The latest committed version, from 0. */
  version: count,
  /** The manifest's digest of the latest version. */
  model: digest,
  topology: digest,
  updateBytes: count,
  settings: trainSettingsSchema,
  data: jobDataSchema,
  validationSplit: z.number(),
  /** The first of the settings' metrics, and the loss, of each evaluated version, by the coordinator's test data or the clients'. */
  history: z.array(z.object({ version: count, metric: z.nullable(z.number()), loss: z.nullable(z.number()) })),
  /** How many partitions of its own demo data the coordinator offers; 0 means none. */
  partitions: count,
  partitionSource: z.string(),
  syntheticSeed: z.int(),
})
export type JobInfo = z.infer<typeof jobInfoSchema>

/** No, with a code and a sentence; `retryMs`: when to ask again, where that is worth it. */
export const errorSchema = z.object({
  ok: z.literal(false),
  code: z.string(),
  message: z.string(),
  retryMs: z.optional(count),
})
export type Refusal = z.infer<typeof errorSchema>

export const helloAckSchema = z.union([
  z.object({
    ok: z.literal(true),
    clientId: text(100),
    resumeToken: text(500),
    /** The session that this client had is still there: its task and its upload go on where they were. */
    resumed: z.boolean(),
    /** Why this client is never selected for this job, in a sentence; empty where it may be. */
    ineligible: z.string(),
    job: jobInfoSchema,
  }),
  errorSchema,
])
export type HelloAck = z.infer<typeof helloAckSchema>

/** coordinator → client. */
export const taskSchema = z.object({
  taskId,
  job: text(100),
  kind: z.enum(['train', 'evaluate']),
  round: count,
  totalRounds: count,
  version: count,
  model: digest,
  settings: trainSettingsSchema,
  /** Milliseconds left when the task was sent. */
  deadlineMs: count,
})
export type Task = z.infer<typeof taskSchema>

/** coordinator → client: the task's answer is not wanted any more. */
export const taskCancelSchema = z.object({ taskId, reason: z.string() })
export type TaskCancel = z.infer<typeof taskCancelSchema>

export const TASK_OUTCOMES = ['committed', 'abandoned'] as const
/**
 * coordinator → client: what became of an accepted update. `committed`: it is part of a durable version, or of a finished
 * evaluation. `abandoned`: its attempt was given up, and it counts nowhere. Until then the client keeps its update.
 */
export const taskSettledSchema = z.object({ taskId, outcome: z.enum(TASK_OUTCOMES), version: count })
export type TaskSettled = z.infer<typeof taskSettledSchema>

/** coordinator → client: another connection has come with this client's token; are you still there? Ack: `{ nonce }`. */
export const presentAckSchema = z.object({ nonce: z.string().check(z.maxLength(64)) })

/** coordinator → client: the session is over by the coordinator's will, for this reason. The connection ends after it. */
export const dismissedSchema = z.object({
  code: z.string().check(z.maxLength(60)),
  message: z.string().check(z.maxLength(500)),
  /** When a new hello will be listened to; null: not any more. */
  retryMs: z.nullable(count),
})
export type Dismissed = z.infer<typeof dismissedSchema>

/** client → coordinator: the task was received and is being worked on. */
export const acceptSchema = z.object({ taskId })

/** client → coordinator: the task will not be done. */
export const declineSchema = z.object({
  taskId,
  code: z.string().check(z.maxLength(60)),
  reason: z.string().check(z.maxLength(500)),
})
export type Decline = z.infer<typeof declineSchema>

export const TASK_PHASES = ['download', 'train', 'upload'] as const

/** client → coordinator, volatile. `fraction` of the phase, 0 to 1. */
export const progressSchema = z.object({
  taskId,
  phase: z.enum(TASK_PHASES),
  fraction: z.number().check(z.minimum(0), z.maximum(1)),
  loss: z.optional(z.number()),
  examplesPerSecond: z.optional(z.number()),
})
export type Progress = z.infer<typeof progressSchema>

/** client → coordinator: whether it wants tasks. Leaving is `leave: true`, and final for the session. */
export const availabilitySchema = z.object({ available: z.boolean(), leave: z.boolean() })
export type Availability = z.infer<typeof availabilitySchema>

/** How an update's bytes are to be read: see shared/updates. `none` is an answer without parameters. */
export const ENCODINGS = ['none', 'f32'] as const
export const encodingSchema = z.enum(ENCODINGS)
export type EncodingName = z.infer<typeof encodingSchema>

/** client → coordinator: an update is offered. Ack: {@link BeginAck}. */
export const updateBeginSchema = z.object({
  taskId,
  encoding: encodingSchema,
  layout: digest,
  bytes: count,
  sha256: digest,
  numExamples: count,
  metrics: metricsSchema,
  /** Milliseconds that the client spent, for the timeline. */
  timings: z.object({ downloadMs: z.number().check(z.nonnegative()), trainMs: z.number().check(z.nonnegative()) }),
  bytesDown: count,
  /** What the client computes with from now on, where its GPU failed and it is not what its hello said. */
  capabilities: z.optional(capabilitiesSchema),
})
export type UpdateBegin = z.infer<typeof updateBeginSchema>

export const RECEIPT_STATUSES = ['accepted', 'duplicate', 'stale', 'rejected'] as const
/** What was accepted: the update's sha256, and when, in milliseconds since the epoch by the coordinator's clock. */
export const acceptanceSchema = z.object({ sha256: digest, at: count })
export type Acceptance = z.infer<typeof acceptanceSchema>

/** The verdict on an update; final for its task id. `acceptance`: of an accepted one, and again of each repeat (R4). */
export const receiptSchema = z.object({
  status: z.enum(RECEIPT_STATUSES),
  acceptance: z.optional(acceptanceSchema),
  code: z.optional(z.string()),
  message: z.optional(z.string()),
})
export type Receipt = z.infer<typeof receiptSchema>

export const beginAckSchema = z.union([
  z.object({ ok: z.literal(true), held: count }),
  z.object({ ok: z.literal(true), receipt: receiptSchema }),
  errorSchema,
])
export type BeginAck = z.infer<typeof beginAckSchema>

/** client → coordinator: bytes from `offset` on, one ArrayBuffer. Ack: {@link ChunkAck}. */
export const updateChunkSchema = z.object({ taskId, offset: count, data: z.custom<ArrayBuffer | Uint8Array>(isBytes) })
export type UpdateChunk = z.infer<typeof updateChunkSchema>
export const chunkAckSchema = z.union([z.object({ ok: z.literal(true), held: count }), errorSchema])
export type ChunkAck = z.infer<typeof chunkAckSchema>

/** client → coordinator: all bytes are there. Ack: {@link CommitAck}. */
export const updateCommitSchema = z.object({ taskId })
export const commitAckSchema = z.union([z.object({ ok: z.literal(true), receipt: receiptSchema }), errorSchema])
export type CommitAck = z.infer<typeof commitAckSchema>

function isBytes(value: unknown): value is ArrayBuffer | Uint8Array {
  return value instanceof ArrayBuffer || value instanceof Uint8Array
}
