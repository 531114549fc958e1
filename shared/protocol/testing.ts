/** For tests of both sides: a job and its tasks as the protocol has them. */
import type { JobInfo, Task } from './participant.ts'

export const DIGEST = 'd'.repeat(64)

const SETTINGS: Task['settings'] = {
  epochs: 1,
  batchSize: 8,
  optimizer: { name: 'sgd', learningRate: 0.1 },
  loss: 'sparseCategoricalCrossentropy',
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
  data: { width: 28, height: 28, channels: 1, classes: ['0', '1'] },
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
