import { TILE_ELEMENTS, tileCount, tileLength } from '../../tensors/flat.ts'
import { KERNEL_BASE64 } from './kernel-bytes.ts'
import { plainStretch } from './plain.ts'
import { type MakeStretch, roomElements, type Stretch, slotElements, type Weighting } from './stretch.ts'
import { mostSquares, type Trace } from './trace.ts'
import { fromBase64, type WebAssemblyApi, webAssembly } from './web-assembly.ts'

const PAGE_BYTES = 1 << 16
/** bits(1.5·2⁵²): each addition leaves them in a sum. */
const ROUNDER_BITS = 0x4338_0000_0000_0000n

/** kernel.as.ts: addresses in bytes, counts in elements. */
interface Kernel {
  add(input: number, sums: number, count: number, weight: number): number
  /** Of what `add` has read last. */
  readonly checksum: { readonly value: number }
  largest(input: number, count: number): number
  negate(sums: number, count: number): void
  toNumbers(sums: number, count: number, excess: bigint): void
  toIntegers(sums: number, count: number): void
}

/** The fastest stretch that this platform has; plain JavaScript gives the same bits. */
export const fastestStretch: MakeStretch = (length, spare) =>
  simdStretch?.(length, spare) ?? simdStretch?.(length, 0) ?? plainStretch(length, 0)

/** Undefined without WebAssembly SIMD. A stretch is null where no memory can be had. */
export const simdStretch: ((length: number, spare: number) => Stretch | null) | undefined = compile()

function compile(): ((length: number, spare: number) => Stretch | null) | undefined {
  if (!webAssembly) return undefined
  const api = webAssembly
  const bytes = fromBase64(KERNEL_BASE64)
  if (!api.validate(bytes)) return undefined
  const module = new api.Module(bytes)
  return (length, spare) => {
    const lengths = { room: roomElements(length), spare: slotElements(spare), sums: slotElements(length) }
    const memory = reserve(api, (lengths.room + lengths.spare) * 4 + lengths.sums * 8)
    if (!memory) return null
    const { exports } = new api.Instance(module, { env: { memory } })
    return new SimdStretch(exports as unknown as Kernel, memory.buffer, length, lengths.spare)
  }
}

/** Memory that never grows, so that views of it stay valid. Pages that are never touched cost nothing. */
function reserve(api: WebAssemblyApi, bytes: number): { readonly buffer: ArrayBuffer } | null {
  const pages = Math.ceil(bytes / PAGE_BYTES)
  try {
    return new api.Memory({ initial: pages, maximum: pages })
  } catch (thrown) {
    if (thrown instanceof RangeError) return null
    throw thrown
  }
}

/** Its memory: room, spare, sums. */
class SimdStretch implements Stretch {
  readonly room: Float32Array
  readonly spare: Float32Array
  private readonly kernel: Kernel
  private readonly memory: ArrayBuffer
  private readonly numbers: Float64Array
  /** Of each tile: how many additions' ROUNDER_BITS are in its sums; null where these are numbers. */
  private readonly additions: (number | null)[]

  constructor(kernel: Kernel, memory: ArrayBuffer, length: number, spare: number) {
    this.kernel = kernel
    this.memory = memory
    this.room = new Float32Array(memory, 0, roomElements(length))
    this.spare = new Float32Array(memory, this.room.byteLength, spare)
    this.numbers = new Float64Array(memory, this.room.byteLength + this.spare.byteLength, length)
    this.additions = Array.from({ length: tileCount(length) }, () => 0)
  }

  get sums(): Float64Array {
    this.additions.forEach((additions, tile) => {
      if (additions === null) return
      const excess = BigInt.asIntN(64, ROUNDER_BITS * BigInt(additions))
      this.kernel.toNumbers(this.address(tile), slotElements(this.tileLength(tile)), excess)
      this.additions[tile] = null
    })
    return this.numbers
  }

  add(tile: number, values: Float32Array, weighting: Weighting, trace: Trace): boolean {
    const place = this.place(tile, values)
    const squares = this.pass(place, weighting)
    if (this.judge(place, squares, weighting, trace)) return true
    this.inverse(place, () => this.pass(place, weighting))
    return false
  }

  subtract(tile: number, values: Float32Array, weighting: Weighting, trace: Trace): boolean {
    const place = this.place(tile, values)
    const squares = this.inverse(place, () => this.pass(place, weighting))
    if (this.judge(place, squares, weighting, trace)) return true
    this.pass(place, weighting)
    return false
  }

  clear(): void {
    this.numbers.fill(0)
    this.additions.fill(0)
  }

  /** Adds, whatever there is; returns about Σ x². */
  private pass({ tile, input, address, count }: Place, { coefficient, step }: Weighting): number {
    const additions = this.integers(tile)
    // c/g is exact: g is a power of two.
    const squares = this.kernel.add(input, address, count, coefficient / step)
    this.additions[tile] = additions + 1
    return squares
  }

  /** What `work` adds is subtracted. */
  private inverse(place: Place, work: () => number): number {
    this.negate(place)
    const squares = work()
    this.negate(place)
    return squares
  }

  /** Whether what `pass` has just read may stay; if so, it leaves its trace. */
  private judge({ input, count }: Place, squares: number, { maxElement }: Weighting, trace: Trace): boolean {
    // No element is larger than the root of Σ x²: where that tells enough, nobody has to look at each.
    const isProven = mostSquares(squares, count) <= Math.min(maxElement ** 2, Number.MAX_VALUE)
    if (!isProven && this.kernel.largest(input, count) >>> 0 > magnitudeBits(maxElement)) return false
    trace.squares += squares
    trace.checksum = (trace.checksum + this.kernel.checksum.value) | 0
    return true
  }

  private negate({ tile, address, count }: Place): void {
    const additions = this.integers(tile)
    this.kernel.negate(address, count)
    this.additions[tile] = -additions
  }

  /** Sees that a tile's sums are integers; returns how many additions are in them. */
  private integers(tile: number): number {
    const additions = this.additions[tile] ?? null
    if (additions !== null) return additions
    this.kernel.toIntegers(this.address(tile), slotElements(this.tileLength(tile)))
    this.additions[tile] = 0
    return 0
  }

  /** Finds the values' place in this memory, or puts them there; with zeros behind them up to `count`. */
  private place(tile: number, values: Float32Array): Place {
    const length = this.tileLength(tile)
    if (values.length !== length) throw new RangeError(`${values.length} elements for a tile of ${length}`)
    const count = slotElements(length)
    if (values.buffer !== this.memory) this.room.set(values)
    const input = values.buffer === this.memory ? values.byteOffset : this.room.byteOffset
    if (count > length) new Float32Array(this.memory, input + length * 4, count - length).fill(0)
    return { tile, input, address: this.address(tile), count }
  }

  private tileLength(tile: number): number {
    return tileLength(this.numbers.length, tile)
  }

  private address(tile: number): number {
    return this.numbers.byteOffset + tile * TILE_ELEMENTS * 8
  }
}

/** A tile's values and sums in this memory: addresses in bytes, `count` a multiple of a slot's elements. */
interface Place {
  readonly tile: number
  readonly input: number
  readonly address: number
  readonly count: number
}

/** The largest float32 that is at most `bound`, as its bits. */
function magnitudeBits(bound: number): number {
  FLOAT[0] = bound
  const bits = BITS[0] as number
  return FLOAT[0] > bound || bits === INFINITE ? bits - 1 : bits
}

const FLOAT = new Float32Array(1)
const BITS = new Uint32Array(FLOAT.buffer)
const INFINITE = 0x7f800000
