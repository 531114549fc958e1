/**
 * Reads data in a process of its own, and writes as JSON how many examples there were and how much its memory grew: the most that
 * it held at any instant, less what it held before, in bytes. Started as: memory-child.ts WHAT COUNT
 */

import { writeIdx } from '../../../shared/datasets/idx.ts'
import { splitInPlace } from '../../../shared/datasets/split.ts'
import { dataSchema } from '../../../shared/protocol/data.ts'
import { type SourceFile, sourceFile } from '../files/source-file.ts'
import { readFiles } from '../readers/read-files.ts'

const SIDE = 28
const IMAGES = dataSchema.parse({ kind: 'images', classes: ['a', 'b'] })
const TABLE = dataSchema.parse({
  kind: 'table',
  columns: Array.from({ length: 10 }, (_, i) => ({ name: `c${i}` })),
  target: 'y',
})

/** Rows of 11 numbers, made as they are read. */
function endlessCsv(rows: number): SourceFile {
  const encoder = new TextEncoder()
  const header = `${Array.from({ length: 10 }, (_, i) => `c${i}`).join()},y\n`
  const row = (i: number) => `${Array.from({ length: 11 }, (_, c) => ((i * 31 + c * 7) % 100_003) / 7).join()}\n`
  const block = Array.from({ length: 1000 }, (_, i) => row(i)).join('')
  const bytes = encoder.encode(block)
  const stream = () => {
    let blocks = 0
    return new ReadableStream<Uint8Array>({
      pull(controller) {
        if (blocks === 0) controller.enqueue(encoder.encode(header))
        if (blocks++ < rows / 1000) controller.enqueue(bytes.slice())
        else controller.close()
      },
    })
  }
  return { path: 'large.csv', size: (bytes.length * rows) / 1000, stream, blob: () => new Response(stream()).blob() }
}

const SOURCES: Readonly<Record<string, (count: number) => SourceFile[]>> = {
  idx: (count) => [
    sourceFile(
      new Blob([writeIdx([count, SIDE, SIDE], new Uint8Array(count * SIDE * SIDE)) as BlobPart]),
      'images-idx3',
    ),
    sourceFile(new Blob([writeIdx([count], new Uint8Array(count)) as BlobPart]), 'labels-idx1'),
  ],
  pictures: (count) => {
    const blob = new Blob(['picture'])
    return Array.from({ length: count }, (_, i) => sourceFile(blob, `pets/${i % 2 ? 'a' : 'b'}/${i}.png`))
  },
  csv: (count) => [endlessCsv(count)],
}

const [what = '', count = '0'] = process.argv.slice(2)
const files = SOURCES[what]?.(Number(count)) ?? []
globalThis.gc?.()
const before = process.memoryUsage().rss
const highest = () => process.resourceUsage().maxRSS * 1024
// The most that was held until now is no more than what is held now, or the difference says too little.
if (highest() > before + 100e6) throw new Error(`Already ${highest() - before} bytes were given back.`)
const { dataset } = await readFiles(files, what === 'csv' ? TABLE : IMAGES, {
  decode: async () => new Uint8Array(SIDE * SIDE).fill(7),
  signal: new AbortController().signal,
  onProgress: () => {},
  mapping: {},
})
const parts = splitInPlace(dataset, 0.1, 1)
process.stdout.write(
  `${JSON.stringify({ examples: parts.train.count + parts.validation.count, grown: highest() - before, bytes: dataset.values.byteLength })}\n`,
)
