/** A participant's choice of data, read, checked and split. Nothing of it is sent anywhere. */
import type { Dataset } from '../../shared/datasets/dataset.ts'
import { imageDatasetFromIdx, type NamedBytes } from '../../shared/datasets/idx-images.ts'
import { describe, imageShape, imagesOf, isOfDigits, scaleOf } from '../../shared/datasets/schema.ts'
import { splitInPlace } from '../../shared/datasets/split.ts'
import { syntheticDigits } from '../../shared/datasets/synthetic-digits.ts'
import { TributaryError } from '../../shared/errors/error.ts'
import type { DataSchema } from '../../shared/protocol/data.ts'
import { type SourceFile, sourceFile } from './files/source-file.ts'
import { browserDecoder } from './images/decode.ts'
import { keptOrRead } from './kept/keeping.ts'
import { opfsStore, whyNotKept } from './kept/store.ts'
import { type ColumnQuestion, columnQuestion } from './readers/column-question.ts'
import { readFiles } from './readers/read-files.ts'
import type { ReadProgress } from './readers/reading.ts'
import type { ReadReport } from './readers/report.ts'
import type { DataChoice, DataDemand, ParticipantData } from './types.ts'

export async function loadData(
  choice: DataChoice,
  demand: DataDemand,
  onProgress: (progress: ReadProgress) => void,
  signal: AbortSignal,
): Promise<ParticipantData> {
  const { dataset, report } = await read(choice, demand, onProgress, signal)
  const { train, validation } = splitInPlace(dataset, demand.validationSplit, demand.seed)
  const { schema } = demand
  return { train: schema.kind === 'images' ? { ...train, augment: schema.augment } : train, validation, report }
}

interface Read {
  readonly dataset: Dataset
  readonly report: ReadReport | null
}

async function read(
  choice: DataChoice,
  demand: DataDemand,
  onProgress: (progress: ReadProgress) => void,
  signal: AbortSignal,
): Promise<Read> {
  const { schema } = demand
  switch (choice.source) {
    case 'synthetic-digits': {
      if (!isOfDigits(schema)) {
        throw new TributaryError(
          'data/mismatch',
          `The built-in digits are grey pictures of 28 × 28 in 10 classes; this job takes ${describe(schema)}. Choose your own files.`,
        )
      }
      const { writer, examples: count } = choice
      const digits = syntheticDigits({ seed: demand.seed, writer, count })
      return { dataset: { ...digits, scale: scaleOf(schema) }, report: null }
    }
    case 'partition': {
      const name = `part ${choice.index + 1} of the demo data`
      const [images, labels] = await Promise.all([
        download(`${demand.url}/api/demo-data/${choice.index}/images`, `the images of ${name}`),
        download(`${demand.url}/api/demo-data/${choice.index}/labels`, `the labels of ${name}`),
      ])
      return { dataset: fromIdx(images, labels, schema), report: null }
    }
    case 'captured': {
      if (schema.kind !== 'images') throw mismatch('These are pictures', schema)
      return { dataset: imagesOf(schema, choice.pixels, choice.labels), report: null }
    }
    case 'files': {
      const { mapping, keep } = choice
      const read = () => readFiles(sourcesOf(choice), schema, { decode: browserDecoder(), signal, onProgress, mapping })
      return keep && whyNotKept() === null ? keptOrRead(choice, schema, opfsStore(), read) : read()
    }
    default:
      return choice satisfies never
  }
}

/** What to ask a participant of whose files reading has complained; null where no answer would help. */
export async function askAboutColumns(choice: DataChoice, schema: DataSchema): Promise<ColumnQuestion | null> {
  return choice.source === 'files' ? columnQuestion(sourcesOf(choice), schema, choice.mapping) : null
}

function sourcesOf({ files }: Extract<DataChoice, { source: 'files' }>): SourceFile[] {
  return files.map(({ file, path }) => sourceFile(file, path))
}

function mismatch(these: string, schema: DataSchema): TributaryError {
  return new TributaryError('data/mismatch', `${these}; this job takes ${describe(schema)}.`)
}

function fromIdx(images: NamedBytes, labels: NamedBytes, schema: DataSchema): Dataset {
  if (schema.kind !== 'images') throw mismatch('These are pictures', schema)
  return imageDatasetFromIdx(images, labels, imageShape(schema), scaleOf(schema))
}

async function download(url: string, name: string): Promise<NamedBytes> {
  const response = await fetch(url).catch((cause) => {
    throw new TributaryError('network/unreachable', `The coordinator cannot be reached for ${name}. Try again.`, {
      cause,
    })
  })
  if (!response.ok)
    throw new TributaryError('data/partition', `The coordinator does not offer ${name}. Choose another part.`)
  return { name, bytes: new Uint8Array(await response.arrayBuffer()) }
}
