import type { TrainSettings } from '../protocol/participant.ts'
import type { JobConfig } from './config.ts'
import { optimizerSettings } from './optimizer.ts'

/** The part of a job's config that tells a client how to train. */
export function trainSettings(config: JobConfig, seed: number): TrainSettings {
  const { localEpochs: epochs, batchSize, loss, metrics, classWeights } = config
  const optimizer = optimizerSettings(config.optimizer, config.rounds)
  return { epochs, batchSize, optimizer, loss, classWeights, metrics, seed }
}
