/** Everything that leaves a context's pages and workers, and a search for examples in it. */
import type { BrowserContext, Page } from '@playwright/test'
import { type ImageDataset, valuesPerExample } from '../shared/datasets/dataset.ts'

export class Traffic {
  private readonly sent: Buffer[] = []
  sockets = 0

  /** Listens to a context before its first page opens. */
  listen(context: BrowserContext): void {
    context.on('request', (request) => {
      this.sent.push(Buffer.from(`${request.method()} ${request.url()}\n${JSON.stringify(request.headers())}`))
      const body = request.postDataBuffer()
      if (body) this.sent.push(body)
    })
    context.on('page', (page: Page) => {
      page.on('websocket', (socket) => {
        this.sockets++
        socket.on('framesent', ({ payload }) => this.sent.push(Buffer.from(payload)))
      })
    })
  }

  bytes(): Buffer {
    return Buffer.concat(this.sent)
  }
}

const WINDOW = 20
/** Bytes by which a stretch is looked up: those with the most different values, since zeros are everywhere. */
const KEY = 8

/** Indices of the examples of which a telling stretch of pixels is found in the bytes, as uint8, float32 or text. */
export function examplesIn(bytes: Buffer, data: ImageDataset): number[] {
  const size = valuesPerExample(data)
  // The bytes are gone through once, not once for each stretch.
  const wanted = new Map<number, { readonly example: number; readonly shape: Buffer; readonly offset: number }[]>()
  for (let example = 0; example < data.count; example++) {
    const stretch = telling(data.values.subarray(example * size, (example + 1) * size), WINDOW).bytes
    const floats = Float32Array.from(stretch, (pixel) => pixel / 255)
    const plain = Buffer.from(stretch)
    const shapes = [
      plain,
      Buffer.from(floats.buffer),
      Buffer.from([...stretch].join(',')),
      Buffer.from(plain.toString('hex')),
    ]
    for (const shape of shapes) {
      const { offset } = telling(shape, KEY)
      const key = keyAt(shape, offset)
      wanted.set(key, [...(wanted.get(key) ?? []), { example, shape, offset }])
    }
  }
  const found = new Set<number>()
  for (let at = 0; at + KEY <= bytes.length; at++) {
    for (const { example, shape, offset } of wanted.get(keyAt(bytes, at)) ?? []) {
      const from = at - offset
      if (from >= 0 && shape.equals(bytes.subarray(from, from + shape.length))) found.add(example)
    }
  }
  return [...found].sort((a, b) => a - b)
}

/** Of eight bytes, as much as a number holds exactly. */
function keyAt(bytes: Buffer, at: number): number {
  return bytes.readUInt32LE(at) * 2 ** 20 + (bytes.readUInt32LE(at + 4) >>> 12)
}

/** The stretch with the most different values: none that would be found anywhere by chance. */
function telling(bytes: Uint8Array, length: number): { readonly offset: number; readonly bytes: Uint8Array } {
  const counts = new Uint32Array(256)
  let different = 0
  let most = 0
  let best = 0
  for (let end = 0; end < bytes.length; end++) {
    const entering = bytes[end] as number
    if (counts[entering] === 0) different++
    counts[entering] = (counts[entering] as number) + 1
    if (end >= length) {
      const leaving = bytes[end - length] as number
      counts[leaving] = (counts[leaving] as number) - 1
      if (counts[leaving] === 0) different--
    }
    if (end >= length - 1 && different > most) {
      most = different
      best = end - length + 1
    }
  }
  return { offset: best, bytes: bytes.subarray(best, best + length) }
}
