import { type Dataset, histogram, subset, valuesAt } from '../../shared/datasets/dataset.ts'
import { classesOf, columnWidth, UNKNOWN } from '../../shared/datasets/schema.ts'
import type { DataSchema, TableSchema, TextSchema } from '../../shared/protocol/data.ts'
import { wantedColumns } from './tables/columns.ts'
import type { DataPreview, ParticipantData, Pictures, Rows, Samples, Texts } from './types.ts'

const SHOWN = 24
const ROWS_SHOWN = 8

/** What a person should see of their data before they join with them. */
export function previewOf({ train, validation, report }: ParticipantData, schema: DataSchema): DataPreview {
  const held = histogram(validation)
  return {
    train: train.count,
    validation: validation.count,
    histogram: histogram(train).map((n, i) => n + (held[i] ?? 0)),
    samples: samplesOf(train, schema),
    report,
  }
}

function samplesOf(data: Dataset, schema: DataSchema): Samples {
  const most = schema.kind === 'images' ? SHOWN : ROWS_SHOWN
  const some = subset(
    data,
    Uint32Array.from({ length: Math.min(most, data.count) }, (_, i) => i),
  )
  switch (schema.kind) {
    case 'images':
      return picturesOf(some)
    case 'table':
      return rowsOf(some, schema)
    case 'text':
      return textsOf(some, schema)
    default:
      return schema satisfies never
  }
}

/** Pixels between 0 and 1 are shown as bytes. */
function picturesOf(data: Dataset): Pictures {
  const [height = 1, width = 1, channels = 1] = data.shape
  const times = data.values instanceof Uint8Array ? 1 : 255
  return {
    kind: 'images',
    width,
    height,
    channels,
    pictures: Array.from({ length: data.count }, (_, i) => ({
      pixels: Uint8Array.from(valuesAt(data, i), (value) => value * times),
      label: 'labels' in data.targets ? (data.targets.labels[i] ?? 0) : 0,
    })),
  }
}

/** As the model is given them, put back into the table's own numbers and names. */
function rowsOf(data: Dataset, schema: TableSchema): Rows {
  const rows = Array.from({ length: data.count }, (_, i) => {
    const row = valuesAt(data, i)
    let at = 0
    const cells = schema.columns.map((column) => {
      const values = row.subarray(at, at + columnWidth(column))
      at += values.length
      if ('values' in column) return column.values[values.indexOf(1)] ?? UNKNOWN
      const value = (values[0] ?? 0) * column.std + column.mean
      // What is nothing beside the mean is its rounding.
      return plain(Math.abs(value) < Math.abs(column.mean) * 2 ** -22 ? 0 : value)
    })
    return [...cells, answerOf(data, i, schema)]
  })
  return { kind: 'rows', columns: wantedColumns(schema).map(({ name }) => name), rows }
}

function textsOf(data: Dataset, schema: TextSchema): Texts {
  const between = schema.tokens === 'words' ? ' ' : ''
  const token = (value: number) => schema.vocabulary[value - 1] ?? UNKNOWN
  return {
    kind: 'texts',
    texts: Array.from({ length: data.count }, (_, i) => ({
      text: Array.from(valuesAt(data, i), token).join(between),
      answer: answerOf(data, i, schema),
    })),
  }
}

function answerOf({ targets }: Dataset, i: number, schema: DataSchema): string {
  if (!('labels' in targets)) return plain(targets.values[i] ?? 0)
  return classesOf(schema)[targets.labels[i] ?? 0] ?? UNKNOWN
}

/** Without the digits that 32 bits make up. */
function plain(value: number): string {
  return String(Number(value.toPrecision(6)))
}
