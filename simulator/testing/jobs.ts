/** For tests: small jobs and the data for them. */
import { type JobConfig, type JobConfigInput, parseJobConfig } from '../../shared/jobs/config.ts'
import { mlp } from '../../shared/jobs/models.ts'
import { digitsJob } from '../../shared/jobs/templates.ts'
import { type DataRequest, type LoadedData, loadData } from '../data/load.ts'

/** A model so small that a round takes milliseconds. */
export function smallJob(change: Partial<JobConfigInput> = {}): JobConfig {
  const model = { topology: { ...mlp(784, [16], 10) } }
  return parseJobConfig({ ...digitsJob, model, rounds: 3, batchSize: 10, ...change }, 'The test’s job')
}

export function request(change: Partial<DataRequest> = {}): DataRequest {
  return {
    data: 'synthetic-digits',
    testData: null,
    clients: 4,
    partition: null,
    examples: 40,
    folder: undefined,
    ...change,
  }
}

export function digitsFor(config: JobConfig, change: Partial<DataRequest> = {}): Promise<LoadedData> {
  return loadData(config, request(change))
}
