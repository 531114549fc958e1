/** The data of a simulation: read or drawn, and divided among the clients. */
import { loadDemoData } from '../../server/data/demo-data.ts'
import type { Dataset } from '../../shared/datasets/dataset.ts'
import { type Divisible, partition } from '../../shared/datasets/partition.ts'
import { formatPartition, type PartitionSpec, parsePartition } from '../../shared/datasets/partition-spec.ts'
import { isOfDigits, scaleOf } from '../../shared/datasets/schema.ts'
import { TributaryError } from '../../shared/errors/error.ts'
import type { JobConfig } from '../../shared/jobs/config.ts'
import type { DataSchema } from '../../shared/protocol/data.ts'
import { filesAt, isForTests, readSource } from './files.ts'
import type { SimulatedData } from './simulated-data.ts'
import { writersOf } from './writers.ts'

export interface DataRequest {
  /** synthetic-digits, mnist or a path; null: what the job's demoData names. */
  readonly data: string | null
  /** A path; null: what comes with the data. */
  readonly testData: string | null
  /** null: as many as natural-id finds; otherwise 10. */
  readonly clients: number | null
  /** null: a writer each of synthetic digits; the job's of mnist; otherwise iid. */
  readonly partition: string | null
  /** Of synthetic digits: how many each writer has written. */
  readonly examples: number
  /** Where real data sets lie. */
  readonly folder: string | undefined
}

export interface LoadedData extends SimulatedData {
  /** What a person should know of it, in sentences. */
  readonly notes: readonly string[]
}

const USUAL_CLIENTS = 10

interface Source extends Pick<SimulatedData, 'name' | 'source' | 'dataset' | 'test' | 'testName'> {
  readonly owners: ArrayLike<number> | null
  readonly notes: readonly string[]
}

/** Throws 'data/…', with the sentence that mends it. */
export async function loadData(config: JobConfig, request: DataRequest): Promise<LoadedData> {
  const name = request.data ?? config.demoData.source
  if (name === 'none') {
    throw new TributaryError(
      'data/missing',
      'The job names no data of its own. Say with --data what the clients train on: synthetic-digits, mnist, or the path of a file or a folder.',
    )
  }
  // Before a large file is read.
  const spec = specOf(name, config, request.partition)
  const { owners, notes, ...source } = await sourceOf(name, config, request, spec)
  const { dataset } = source
  const { targets } = dataset
  const divisible = { count: dataset.count, labels: 'labels' in targets ? targets.labels : null, owners }
  const clients = request.clients ?? (spec.kind === 'natural-id' ? ownersIn(divisible) : USUAL_CLIENTS)
  const parts = partition(divisible, clients, spec, config.seed)
  const test = request.testData === null ? {} : await testDataAt(request.testData, config)
  return { ...source, ...test, notes, name: `${source.name}, ${formatPartition(spec)}`, parts }
}

function specOf(name: string, { demoData }: JobConfig, asked: string | null): PartitionSpec {
  if (asked !== null) {
    const spec = parsePartition(asked)
    const isOfFiles = name !== 'synthetic-digits' && name !== 'mnist'
    if (spec.kind !== 'natural-id' || spec.column === null || isOfFiles) return spec
    throw new TributaryError(
      'data/partition',
      `${asked} goes by a column of a table; ${name} has no column ${spec.column}. ${name === 'mnist' ? 'Use another partition.' : 'Write natural-id for a writer each.'}`,
    )
  }
  if (name === 'synthetic-digits') return { kind: 'natural-id', column: null }
  return name === demoData.source ? parsePartition(demoData.partition) : { kind: 'iid' }
}

function ownersIn({ owners }: Divisible): number {
  // Where nobody is known, the partition says so.
  return owners ? new Set(Array.from(owners)).size : USUAL_CLIENTS
}

function sourceOf(name: string, config: JobConfig, request: DataRequest, spec: PartitionSpec): Promise<Source> {
  switch (name) {
    case 'synthetic-digits':
      return synthetic(config, request)
    case 'mnist':
      return mnist(config, request)
    default:
      return files(name, config, spec.kind === 'natural-id' ? spec.column : null)
  }
}

async function synthetic(config: JobConfig, { clients, examples }: DataRequest): Promise<Source> {
  const { test, testName } = await demoOf(config, 'synthetic-digits', undefined)
  const { dataset, owners } = writersOf(clients ?? USUAL_CLIENTS, examples, config.seed)
  const source = 'synthetic-digits'
  return { name: source, source, dataset: scaled(dataset, config), owners, test, testName, notes: [] }
}

async function mnist(config: JobConfig, { folder }: DataRequest): Promise<Source> {
  const demo = await demoOf(config, 'mnist', folder)
  const { test, testName } = demo
  // The only part of one is the whole training set, in its order.
  const dataset = scaled(demo.partition(0), config)
  return { name: 'mnist', source: 'partition', dataset, owners: null, test, testName, notes: [] }
}

/** What the coordinator has itself, as it has it in a real run. */
function demoOf(config: JobConfig, source: 'synthetic-digits' | 'mnist', folder: string | undefined) {
  return loadDemoData({ ...config, demoData: { source, partition: 'iid', partitions: 1 } }, folder)
}

function scaled(dataset: Dataset, { data }: JobConfig): Dataset {
  return isOfDigits(data) ? { ...dataset, scale: scaleOf(data) } : dataset
}

async function files(path: string, config: JobConfig, column: string | null): Promise<Source> {
  const schema = readableOf(config)
  const all = await filesAt(path, '--data takes synthetic-digits, mnist, or the path of a file or a folder.')
  const [train, forTests] = [all.filter((file) => !isForTests(file)), all.filter(isForTests)]
  // All of them may be named so; then these are what there is to train on.
  const own = train.length > 0 ? train : all
  const { dataset, owners, notes } = await readSource(own, schema, column)
  const test = own === train && forTests.length > 0 ? (await readSource(forTests, schema, null)).dataset : null
  return { name: path, source: 'files', dataset, owners, test, testName: test ? `test files in ${path}` : '', notes }
}

async function testDataAt(path: string, config: JobConfig): Promise<Pick<Source, 'test' | 'testName'>> {
  const schema = readableOf(config)
  const all = await filesAt(path, '--test-data takes the path of a file or a folder.')
  // A folder that holds both is asked for its test files only.
  const own = all.filter(isForTests)
  const { dataset } = await readSource(own.length > 0 ? own : all, schema, null)
  return { test: dataset, testName: path }
}

/** The data schema of a job whose examples can be read. */
function readableOf({ data }: JobConfig): DataSchema {
  if (data.kind !== 'own') return data
  throw new TributaryError(
    'data/mismatch',
    'The job’s examples are a program’s own (data.kind own), which nobody else can read. Simulate a job of images, a table or text.',
  )
}
