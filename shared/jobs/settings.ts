import type { TrainSettings } from '../protocol/participant.ts'
import type { JobConfig } from './config.ts'

/** The part of a job's config that tells a client how to train. */
export function trainSettings(config: JobConfig, seed: number): TrainSettings {
  const { localEpochs: epochs, batchSize, optimizer, loss, metrics } = config
  return { epochs, batchSize, optimizer, loss, metrics, seed }
}
