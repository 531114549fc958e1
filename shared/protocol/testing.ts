/** For tests of both sides: a job and its tasks as the protocol has them. */
import type { JobInfo, Task } from './participant.ts'

export const DIGEST = 'd'.repeat(64)

export const SGD: Task['settings']['optimizer'] = {
  name: 'sgd',
  learningRate: 0.1,
  momentum: 0.9,
  beta1: 0.9,
  beta2: 0.999,
  rho: 0.9,
  epsilon: 1e-7,
  weightDecay: 0,
  clipNorm: null,
  clipValue: null,
  schedule: { kind: 'constant', period: 3, factor: 0, warmUp: 0 },
}

const SETTINGS: Task['settings'] = {
  epochs: 1,
  batchSize: 8,
  optimizer: SGD,
  loss: 'sparseCategoricalCrossentropy',
  classWeights: null,
  metrics: ['accuracy'],
  seed: 1,
}

export const JOB: JobInfo = {
  id: 'digits-1',
  name: 'Digits',
  description: '',
  state: 'running',
  reason: '',
  held: false,
  round: 0,
  rounds: 3,
  clients: 1,
  minClients: 1,
  version: 0,
  model: DIGEST,
  topology: DIGEST,
  updateBytes: 400,
  settings: SETTINGS,
  data: {
    kind: 'images',
    width: 28,
    height: 28,
    channels: 1,
    classes: ['0', '1'],
    resize: 'crop',
    invert: false,
    normalise: { mean: [0], std: [1] },
    augment: [],
  },
  validationSplit: 0.1,
  history: [],
  partitions: 0,
  partitionSource: '',
  syntheticSeed: 1,
}

export function taskNamed(taskId: string, change: Partial<Task> = {}): Task {
  return {
    taskId,
    job: JOB.id,
    kind: 'train',
    round: 1,
    totalRounds: 3,
    version: 0,
    model: DIGEST,
    settings: SETTINGS,
    deadlineMs: 60_000,
    ...change,
  }
}
