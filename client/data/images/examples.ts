import type { ImageDataset } from '../../../shared/datasets/dataset.ts'
import { imagesOf } from '../../../shared/datasets/schema.ts'
import type { ImageSchema } from '../../../shared/protocol/data.ts'
import { Growing } from '../readers/growing.ts'
import type { Reading } from '../readers/reading.ts'
import { nothingRead } from '../readers/words.ts'

/** Labelled pictures, as they are read. */
export class ImageExamples {
  private readonly schema: ImageSchema
  private readonly reading: Reading
  private readonly pixels: Growing<Uint8Array>
  private readonly labels = new Growing(Uint8Array, 1)

  constructor(schema: ImageSchema, reading: Reading) {
    this.schema = schema
    this.reading = reading
    this.pixels = new Growing(Uint8Array, schema.width * schema.height * schema.channels)
  }

  get count(): number {
    return this.labels.count
  }

  /** So many will come, or a few less. */
  reserve(count: number): void {
    this.pixels.reserve(count)
    this.labels.reserve(count)
  }

  add(pixels: Uint8Array, label: number): void {
    this.next(label).set(pixels)
  }

  /** The next picture's pixels, to be written to. */
  next(label: number): Uint8Array {
    this.labels.push([label])
    return this.pixels.next()
  }

  result(): ImageDataset {
    if (this.count === 0) throw nothingRead(this.reading)
    return imagesOf(this.schema, this.pixels.take(), this.labels.take())
  }
}
