import { subset } from '../../shared/datasets/dataset.ts'
import { partition } from '../../shared/datasets/partition.ts'
import { parsePartition } from '../../shared/datasets/partition-spec.ts'
import { classesOf, describe, isOfDigits, scaleOf } from '../../shared/datasets/schema.ts'
import { syntheticTestSet } from '../../shared/datasets/synthetic-digits.ts'
import { TributaryError } from '../../shared/errors/error.ts'
import type { JobConfig } from '../../shared/jobs/config.ts'
import type { ImageSchema } from '../../shared/protocol/data.ts'
import type { DemoData } from '../jobs/demo-data.ts'
import { loadMnist } from './mnist.ts'

const TEST_DIGITS = 1000

/** The data that a job's config says the coordinator has. `folder`: where real data sets lie ($TRIBUTARY_DATA). */
export async function loadDemoData(config: JobConfig, folder: string | undefined): Promise<DemoData> {
  const { source, partition: how, partitions } = config.demoData
  // A wrong partition is worth knowing of before a large file is read.
  const spec = parsePartition(how)
  switch (source) {
    case 'none':
      return { testName: '', test: null, partitionSource: '', partitions: 0, partition: noPartition }
    case 'synthetic-digits': {
      const scale = scaleOf(digitsOf(config))
      const test = { ...syntheticTestSet({ seed: config.seed, count: TEST_DIGITS }), scale }
      return {
        testName: 'Drawn digits of unseen writers',
        test,
        partitionSource: '',
        partitions: 0,
        partition: noPartition,
      }
    }
    case 'mnist': {
      const scale = scaleOf(digitsOf(config))
      const { train, test } = await loadMnist(folder)
      const examples = { count: train.count, labels: train.targets.labels, owners: null }
      const parts = partition(examples, partitions, spec, config.seed)
      return {
        testName: 'MNIST’s test images',
        test: { ...test, scale },
        partitionSource: 'MNIST',
        partitions,
        partition: (index) => subset(train, partAt(parts, index)),
      }
    }
    default:
      return source satisfies never
  }
}

/** The data schema of a job that such digits fit. */
function digitsOf({ data, demoData }: JobConfig): ImageSchema {
  if (isOfDigits(data)) return data
  throw new TributaryError(
    'job/invalid',
    `demoData.source: ${demoData.source} has grey pictures of 28 × 28 in 10 classes, the job’s data are ${describe(data)} in ${classesOf(data).length}. Choose "none", or change data.`,
  )
}

function partAt(parts: readonly Uint32Array[], index: number): Uint32Array {
  return parts[index] ?? noPartition(index, parts.length)
}

function noPartition(index: number, parts = 0): never {
  throw new TributaryError('data/partition', `There is no partition ${index}: the coordinator offers ${parts}.`)
}
