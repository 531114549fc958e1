import { expose } from 'comlink'
import { type SourceFile, sourceFile } from '../../../client/data/files/source-file.ts'
import { browserDecoder } from '../../../client/data/images/decode.ts'
import { readFiles } from '../../../client/data/readers/read-files.ts'
import { dataSchema } from '../../../shared/protocol/data.ts'
import { random } from '../../../shared/random/random.ts'
import type { PictureReader, PictureSpec } from './reader.ts'

let spec: PictureSpec | null = null
let files: SourceFile[] = []
let blobs: Blob[] = []

/** Shades and some strokes: neither noise, which no format shrinks, nor nothing. */
async function picture(side: number, format: string, number: number): Promise<Blob> {
  const canvas = new OffscreenCanvas(side, side)
  const context = canvas.getContext('2d') as OffscreenCanvasRenderingContext2D
  const draws = random(1, 'bench pictures', number)
  const colour = () => `rgb(${draws.int(256)} ${draws.int(256)} ${draws.int(256)})`
  const shade = context.createLinearGradient(0, 0, side, draws.int(side + 1))
  shade.addColorStop(0, colour())
  shade.addColorStop(1, colour())
  context.fillStyle = shade
  context.fillRect(0, 0, side, side)
  for (let i = 0; i < 12; i++) {
    context.strokeStyle = colour()
    context.lineWidth = 1 + draws.int(1 + Math.floor(side / 10))
    context.beginPath()
    context.moveTo(draws.int(side), draws.int(side))
    context.bezierCurveTo(
      draws.int(side),
      draws.int(side),
      draws.int(side),
      draws.int(side),
      draws.int(side),
      draws.int(side),
    )
    context.stroke()
  }
  return canvas.convertToBlob({ type: `image/${format}` })
}

function prepared(): PictureSpec {
  if (!spec) throw new Error('Nothing has been prepared.')
  return spec
}

const reader: PictureReader = {
  async prepare(wanted) {
    spec = wanted
    blobs = []
    for (let i = 0; i < wanted.count; i++) blobs.push(await picture(wanted.side, wanted.format, i))
    files = blobs.map((blob, i) => sourceFile(blob, `all/${i % 2 ? 'a' : 'b'}/${i}.${wanted.format}`))
  },

  async ours() {
    const { wanted, channels, count } = prepared()
    const schema = dataSchema.parse({ kind: 'images', width: wanted, height: wanted, channels, classes: ['a', 'b'] })
    const { signal } = new AbortController()
    const since = performance.now()
    const { dataset } = await readFiles(files, schema, {
      decode: browserDecoder(),
      signal,
      onProgress: () => {},
      mapping: {},
    })
    const took = performance.now() - since
    if (dataset.count !== count) throw new Error(`${dataset.count} of ${count} pictures were read.`)
    return took
  },

  async bare() {
    const { wanted } = prepared()
    const canvas = new OffscreenCanvas(wanted, wanted)
    const context = canvas.getContext('2d', { willReadFrequently: true }) as OffscreenCanvasRenderingContext2D
    context.imageSmoothingQuality = 'high'
    const all = new Uint8Array(blobs.length * wanted * wanted * 4)
    const since = performance.now()
    for (const [i, blob] of blobs.entries()) {
      const bitmap = await createImageBitmap(blob)
      context.drawImage(bitmap, 0, 0, wanted, wanted)
      bitmap.close()
      all.set(context.getImageData(0, 0, wanted, wanted).data, i * wanted * wanted * 4)
    }
    return performance.now() - since
  },
}

expose(reader)
