import { KERNEL_BASE64 } from './kernel-bytes.ts'
import { plainStretch } from './plain.ts'
import { type MakeStretch, REFUSED, type Stretch, type Weighting } from './stretch.ts'
import { fromBase64, type WebAssemblyApi, webAssembly } from './web-assembly.ts'

/** Elements copied into WebAssembly memory at a time (512 KiB): measured best for sums that do not fit the caches. */
const CHUNK = 1 << 17
/** Elements of one turn of the kernel's loops. */
const LANES = 8
const PAGE_BYTES = 1 << 16

/** kernel.as.ts: addresses in bytes, counts in elements. */
interface Kernel {
  largest(input: number, count: number): number
  add(input: number, sums: number, count: number, weight: number, squares: number): number
}

/** The fastest stretch that this platform has; plain JavaScript gives the same bits. */
export const fastestStretch: MakeStretch = (length) => simdStretch?.(length) ?? plainStretch(length)

/** Undefined without WebAssembly SIMD. A stretch is null where no memory can be had. */
export const simdStretch: ((length: number) => Stretch | null) | undefined = compile()

function compile(): ((length: number) => Stretch | null) | undefined {
  if (!webAssembly) return undefined
  const api = webAssembly
  const bytes = fromBase64(KERNEL_BASE64)
  if (!api.validate(bytes)) return undefined
  const module = new api.Module(bytes)
  return (length) => {
    const memory = reserve(api, length)
    if (!memory) return null
    const { exports } = new api.Instance(module, { env: { memory } })
    return new SimdStretch(exports as Kernel, memory.buffer, length)
  }
}

/** Memory that never grows, so that views of it stay valid: the chunk first, then the sums. */
function reserve(api: WebAssemblyApi, length: number): { readonly buffer: ArrayBuffer } | null {
  const pages = Math.ceil((chunkOf(length) * 4 + padded(length) * 8) / PAGE_BYTES)
  try {
    return new api.Memory({ initial: pages, maximum: pages })
  } catch (thrown) {
    if (thrown instanceof RangeError) return null
    throw thrown
  }
}

class SimdStretch implements Stretch {
  readonly sums: Float64Array
  private readonly kernel: Kernel
  private readonly chunk: Float32Array

  constructor(kernel: Kernel, memory: ArrayBuffer, length: number) {
    this.kernel = kernel
    this.chunk = new Float32Array(memory, 0, chunkOf(length))
    this.sums = new Float64Array(memory, this.chunk.byteLength, length)
  }

  accumulate(at: number, values: Float32Array, weighting: Weighting, squares: number): number {
    if (at + values.length > this.sums.length) throw new RangeError(`${values.length} elements at ${at}`)
    const { coefficient, step, maxElement } = weighting
    const bound = magnitudeBits(maxElement)
    let total = squares
    for (let from = 0; from < values.length; from += CHUNK) {
      const count = this.load(values, from)
      if (this.kernel.largest(0, count) >>> 0 > bound) {
        if (from > 0) this.accumulate(at, values.subarray(0, from), { ...weighting, coefficient: -coefficient }, 0)
        return REFUSED
      }
      const sums = this.sums.byteOffset + (at + from) * 8
      // c/g is exact: g is a power of two.
      total = this.kernel.add(0, sums, count, coefficient / step, total)
    }
    return total
  }

  /** Copies the next values in, with zeros up to a whole turn; returns how many elements that makes. */
  private load(values: Float32Array, from: number): number {
    const piece = values.length <= CHUNK ? values : values.subarray(from, from + CHUNK)
    const count = padded(piece.length)
    this.chunk.set(piece)
    if (count > piece.length) this.chunk.fill(0, piece.length, count)
    return count
  }
}

function padded(length: number): number {
  return Math.ceil(length / LANES) * LANES
}

/** A multiple of LANES elements, so that the sums behind are aligned. */
function chunkOf(length: number): number {
  return Math.min(CHUNK, padded(length))
}

/** The largest float32 that is at most `bound`, as its bits. */
function magnitudeBits(bound: number): number {
  FLOAT[0] = bound
  const [bits] = BITS as unknown as [number]
  return FLOAT[0] > bound || bits === INFINITE ? bits - 1 : bits
}

const FLOAT = new Float32Array(1)
const BITS = new Uint32Array(FLOAT.buffer)
const INFINITE = 0x7f800000
