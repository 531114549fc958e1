/**
 * The safetensors format (huggingface.co/docs/safetensors): 8 bytes length of the header, little-endian;
 * the header as JSON, padded with spaces to a multiple of 8; then the tensors' bytes without gaps.
 * Only float32 is written and read here, and only files of one's own: for those of others there is safetensors-header.ts.
 * Works on pieces, never on a whole model in one buffer.
 */
import { TributaryError } from '../errors/error.ts'
import { FlatReader, flatBytes } from './bytes.ts'
import type { FlatParams } from './flat.ts'
import { elements } from './layout.ts'
import type { NamedTensor } from './named.ts'
import { headerJson, MAX_HEADER_BYTES } from './safetensors-header.ts'

type Entry = { dtype?: unknown; shape?: unknown; data_offsets?: unknown }

/**
 * The file of these tensors, whose values lie in `flat` in this order. `about`: texts by name, for whoever finds the file without
 * what belongs to it.
 */
export function* writeSafetensors(
  tensors: readonly NamedTensor[],
  flat: FlatParams,
  about: Readonly<Record<string, string>> = {},
): Generator<Uint8Array> {
  const bytes = tensors.reduce((n, { shape }) => n + elements(shape) * 4, 0)
  if (bytes !== flat.length * 4) throw new RangeError(`tensors of ${bytes} bytes, values of ${flat.length * 4}`)
  yield safetensorsHead(tensors, about)
  yield* flatBytes(flat)
}

/** What such a file begins with: all but the values. */
export function safetensorsHead(tensors: readonly NamedTensor[], about: Readonly<Record<string, string>>): Uint8Array {
  const header: Record<string, unknown> = { __metadata__: { format: 'tributary', ...about } }
  let at = 0
  for (const tensor of tensors) {
    const end = at + elements(tensor.shape) * 4
    header[tensor.name] = { dtype: 'F32', shape: tensor.shape, data_offsets: [at, end] }
    at = end
  }
  const text = JSON.stringify(header)
  const utf8 = new TextEncoder().encode(text)
  const padded = Math.ceil(utf8.length / 8) * 8
  const head = new Uint8Array(8 + padded).fill(0x20, 8)
  new DataView(head.buffer).setBigUint64(0, BigInt(padded), true)
  head.set(utf8, 8)
  return head
}

/** Reads a file of exactly these tensors, piece by piece, into a flat vector in their order. */
export class SafetensorsReader {
  private readonly tensors: readonly NamedTensor[]
  private readonly values: FlatReader
  private head = new Uint8Array(0)
  private headDone = false

  constructor(tensors: readonly NamedTensor[]) {
    this.tensors = tensors
    this.values = new FlatReader(tensors.reduce((n, t) => n + elements(t.shape), 0))
  }

  push(bytes: Uint8Array): void {
    if (this.headDone) return this.pushValues(bytes)
    const joined = new Uint8Array(this.head.length + bytes.length)
    joined.set(this.head)
    joined.set(bytes, this.head.length)
    this.head = joined
    if (joined.length < 8) return
    const size = Number(new DataView(joined.buffer).getBigUint64(0, true))
    if (size > MAX_HEADER_BYTES) throw corrupt(`its header claims ${size} bytes`)
    if (joined.length < 8 + size) return
    this.check(joined.subarray(8, 8 + size))
    this.headDone = true
    this.head = new Uint8Array(0)
    this.pushValues(joined.subarray(8 + size))
  }

  finish(): FlatParams {
    if (!this.headDone) throw corrupt('it ends within its header')
    if (this.values.bytes !== this.values.totalBytes) throw corrupt('it ends within its tensors')
    return this.values.finish()
  }

  private pushValues(bytes: Uint8Array): void {
    if (this.values.bytes + bytes.length > this.values.totalBytes) throw corrupt('it has bytes after its last tensor')
    this.values.push(bytes)
  }

  private check(utf8: Uint8Array): void {
    const header = headerJson(utf8)
    if (typeof header === 'string') throw corrupt(header)
    const names = Object.keys(header).filter((name) => name !== '__metadata__')
    if (names.length !== this.tensors.length) {
      throw corrupt(`it holds ${names.length} tensors, the model has ${this.tensors.length}`)
    }
    let at = 0
    for (const tensor of this.tensors) {
      const entry = header[tensor.name] as Entry | null | undefined
      const end = at + elements(tensor.shape) * 4
      if (!entry) throw corrupt(`it lacks the tensor ${tensor.name}`)
      if (entry.dtype !== 'F32') throw corrupt(`${tensor.name} is ${String(entry.dtype)}, not F32`)
      if (JSON.stringify(entry.shape) !== JSON.stringify(tensor.shape)) {
        throw corrupt(
          `${tensor.name} has the shape ${JSON.stringify(entry.shape)}, not ${JSON.stringify(tensor.shape)}`,
        )
      }
      if (JSON.stringify(entry.data_offsets) !== JSON.stringify([at, end])) {
        throw corrupt(`${tensor.name} does not lie at bytes ${at} to ${end}`)
      }
      at = end
    }
  }
}

function corrupt(what: string): TributaryError {
  return new TributaryError(
    'model/corrupt',
    `The safetensors file does not fit the model: ${what}. Fetch the version again, or choose another.`,
  )
}
