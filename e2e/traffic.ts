/** Everything that leaves a context's pages and workers, and a search for examples in it. */
import type { BrowserContext, Page } from '@playwright/test'
import { exampleBytes, type ImageDataset } from '../shared/datasets/dataset.ts'

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

/** Indices of the examples of which a telling stretch of pixels is found in the bytes, as uint8, float32 or text. */
export function examplesIn(bytes: Buffer, data: ImageDataset): number[] {
  const size = exampleBytes(data)
  const found: number[] = []
  for (let i = 0; i < data.labels.length; i++) {
    const stretch = tellingStretch(data.pixels.subarray(i * size, (i + 1) * size))
    const floats = Float32Array.from(stretch, (pixel) => pixel / 255)
    const plain = Buffer.from(stretch)
    const shapes = [
      plain,
      Buffer.from(floats.buffer),
      Buffer.from([...stretch].join(',')),
      Buffer.from(plain.toString('hex')),
    ]
    if (shapes.some((shape) => bytes.includes(shape))) found.push(i)
  }
  return found
}

/** The stretch with the most different values: none that would be found anywhere by chance. */
function tellingStretch(pixels: Uint8Array): Uint8Array {
  let best = pixels.subarray(0, WINDOW)
  let most = 0
  for (let at = 0; at + WINDOW <= pixels.length; at++) {
    const stretch = pixels.subarray(at, at + WINDOW)
    const different = new Set(stretch).size
    if (different > most) {
      most = different
      best = stretch
    }
  }
  return best
}
