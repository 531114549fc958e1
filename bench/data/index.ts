/**
 * Files to a job's examples, against the library that reads the format by itself, in turns. The library stops at its own values:
 * text, objects or bytes. Ours goes on to numbers in the job's order, checked, with what is wrong reported.
 */

import { BlobReader, configure, Uint8ArrayWriter, ZipReader } from '@zip.js/zip.js'
import { parquetReadObjects } from 'hyparquet'
import { parquetWriteBuffer } from 'hyparquet-writer'
import { dump, parse } from 'npyjs'
import Papa from 'papaparse'
import { type SourceFile, sourceFile } from '../../client/data/files/source-file.ts'
import { readFiles } from '../../client/data/readers/read-files.ts'
import { readIdx, writeIdx } from '../../shared/datasets/idx.ts'
import { type DataSchema, dataSchema } from '../../shared/protocol/data.ts'
import { random } from '../../shared/random/random.ts'
import type { Benchmark, Row } from '../benchmark.ts'
import { interleave } from '../interleave.ts'
import { pictureRows } from './pictures.ts'

const ROWS = 20_000
const IMAGES = 10_000
const SIDE = 28
const COLUMNS = 10
const TURNS = { turns: 9, warmUp: 3 }

const NAMES = Array.from({ length: COLUMNS }, (_, i) => `c${i}`)
const TABLE = dataSchema.parse({ kind: 'table', columns: NAMES.map((name) => ({ name })), target: 'y' })
const TEXT = dataSchema.parse({
  kind: 'text',
  tokens: 'words',
  vocabulary: ['the', 'of'],
  length: 20,
  classes: ['a', 'b'],
})
const PICTURES = dataSchema.parse({ kind: 'images', classes: ['a', 'b'] })
const COLOUR = dataSchema.parse({ kind: 'images', width: 32, height: 32, channels: 3, classes: ['a', 'b'] })

interface Contest {
  readonly unit: 'rows/s' | 'images/s'
  readonly count: number
  readonly schema: DataSchema
  readonly files: readonly SourceFile[]
  readonly library: string
  /** Reads the same with the library alone; answers how many it read. */
  bare(): number | Promise<number>
}

const bytesOf = async (blob: Blob) => new Uint8Array(await blob.arrayBuffer())

function tables(): Record<string, Contest> {
  const draws = random(1, 'bench rows')
  const rows = Array.from({ length: ROWS }, () => Array.from({ length: COLUMNS + 1 }, () => draws.uniform(-100, 100)))
  const names = [...NAMES, 'y']
  const csv = new Blob([[names, ...rows].map((row) => row.join()).join('\n')])
  const jsonl = new Blob([
    rows.map((row) => JSON.stringify(Object.fromEntries(row.map((v, i) => [names[i], v])))).join('\n'),
  ])
  const parquet = parquetWriteBuffer({
    columnData: names.map((name, i) => ({ name, data: rows.map((row) => row[i] as number), type: 'DOUBLE' as const })),
  })
  const reviews = new Blob([
    rows
      .map((row, i) => JSON.stringify({ text: `the ${row.slice(0, 3).join(' of the ')}`, label: i % 2 ? 'a' : 'b' }))
      .join('\n'),
  ])
  const parsed = async (blob: Blob) => (await blob.text()).split('\n').map((line) => JSON.parse(line)).length
  const common = { unit: 'rows/s', count: ROWS, schema: TABLE } as const
  return {
    csv: {
      ...common,
      files: [sourceFile(csv, 't.csv')],
      library: 'papaparse, dynamicTyping',
      bare: async () => Papa.parse(await csv.text(), { dynamicTyping: true }).data.length,
    },
    jsonl: { ...common, files: [sourceFile(jsonl, 't.jsonl')], library: 'JSON.parse', bare: () => parsed(jsonl) },
    parquet: {
      ...common,
      files: [sourceFile(new Blob([parquet]), 't.parquet')],
      library: 'hyparquet',
      bare: async () => (await parquetReadObjects({ file: parquet })).length,
    },
    'text, jsonl': {
      ...common,
      schema: TEXT,
      files: [sourceFile(reviews, 't.jsonl')],
      library: 'JSON.parse',
      bare: () => parsed(reviews),
    },
  }
}

async function images(): Promise<Record<string, Contest>> {
  const draws = random(1, 'bench images')
  const pixels = Uint8Array.from({ length: IMAGES * SIDE * SIDE }, () => draws.int(256))
  const labels = Uint8Array.from({ length: IMAGES }, () => draws.int(2))
  const idx = new Blob([writeIdx([IMAGES, SIDE, SIDE], pixels) as BlobPart])
  const answers = new Blob([writeIdx([IMAGES], labels) as BlobPart])
  const x = new Blob([dump(pixels, [IMAGES, SIDE, SIDE])])
  const y = new Blob([dump(labels, [IMAGES])])
  const cifar = new Blob([Uint8Array.from({ length: IMAGES * 3073 }, (_, i) => (i % 3073 === 0 ? 1 : i & 255))])
  const archive = await zipOf({ 'x.npy': x, 'y.npy': y })
  const common = { unit: 'images/s', count: IMAGES, schema: PICTURES } as const
  return {
    idx: {
      ...common,
      files: [sourceFile(idx, 'images-idx3'), sourceFile(answers, 'labels-idx1')],
      library: 'our own IDX reader',
      async bare() {
        readIdx(await bytesOf(idx), 'images')
        return readIdx(await bytesOf(answers), 'labels').data.length
      },
    },
    npy: {
      ...common,
      files: [sourceFile(x, 'x.npy'), sourceFile(y, 'y.npy')],
      library: 'npyjs',
      async bare() {
        parse(await x.arrayBuffer())
        return parse(await y.arrayBuffer()).shape[0] ?? 0
      },
    },
    npz: { ...common, files: [sourceFile(archive, 'd.npz')], library: 'zip.js, npyjs', bare: () => unzip(archive) },
    cifar: {
      ...common,
      schema: COLOUR,
      files: [sourceFile(cifar, 'data_batch_1.bin')],
      library: 'arrayBuffer()',
      bare: async () => (await bytesOf(cifar)).length / 3073,
    },
  }
}

async function zipOf(files: Readonly<Record<string, Blob>>): Promise<Blob> {
  const { BlobWriter, ZipWriter } = await import('@zip.js/zip.js')
  configure({ useWebWorkers: false })
  const writer = new ZipWriter(new BlobWriter())
  for (const [name, blob] of Object.entries(files)) await writer.add(name, new BlobReader(blob))
  return writer.close()
}

async function unzip(archive: Blob): Promise<number> {
  let last = 0
  for (const entry of await new ZipReader(new BlobReader(archive)).getEntries()) {
    if (entry.directory) continue
    const bytes = await entry.getData(new Uint8ArrayWriter())
    last = parse(bytes.buffer as ArrayBuffer).shape[0] ?? 0
  }
  return last
}

export const data: Benchmark = {
  about: `files to examples, against the library that reads the format: ${ROWS} rows of ${COLUMNS} columns, ${IMAGES} images; folders of pictures in a real Chromium`,
  async run(only): Promise<Row[]> {
    const rows: Row[] = []
    for (const [name, contest] of Object.entries({ ...tables(), ...(await images()) })) {
      if (only !== null && !name.startsWith(only)) continue
      const { count, files, schema, library, unit } = contest
      const read = async () => {
        const { signal } = new AbortController()
        const decode = () => Promise.reject(new Error('There are no pictures to decode.'))
        return (await readFiles(files, schema, { decode, signal, onProgress: () => {}, mapping: {} })).dataset.count
      }
      if ((await read()) !== count) throw new Error(`${name}: ${count} were written.`)
      const { bare, ours } = await interleave({ bare: () => contest.bare(), ours: read }, TURNS)
      // Of GB/s: what was answered is a count, so thousands a millisecond.
      const perSecond = (rate: number) => rate * 1e9
      rows.push({
        case: name,
        metric: 'read',
        value: perSecond(ours.rate),
        unit,
        baseline: library,
        baselineValue: perSecond(bare.rate),
        ratio: ours.ratio,
      })
    }
    return [...rows, ...(await pictureRows(only))]
  },
}
