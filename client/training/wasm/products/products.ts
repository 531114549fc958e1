/** Products and convolutions on tfjs' memory, by one thread or by several. */
import type { Ops, WasmBackend } from '../kernels.ts'
import { address, memoryOf, NativeModule } from '../native/module.ts'
import { type Crew, muster } from '../threads/crew.ts'
import { KERNEL_BASE64, RELAXED_BASE64 } from './kernel-bytes.ts'
import { CUTTABLE, type Cuttable, kernelsOf, type Products } from './kernels.ts'

export const products = new NativeModule<Products>([RELAXED_BASE64, KERNEL_BASE64])

/** Elements that a part needs for itself: 8 columns of 512 rows. */
const PANEL = 8 * 512
const BYTES = 4
/** Multiplications that take about as long as it takes to wake a thread. */
const WORTH_SHARING = 500_000

let crew: { readonly memory: WebAssembly.Memory; readonly threads: Crew } | null = null

/**
 * From now on so many threads compute, or one where they do not start: answers how many. More than 1 need tfjs' memory to be
 * shared. Not to be called while something is computed.
 */
export async function setThreads(count: number, backend: WasmBackend): Promise<number> {
  const memory = memoryOf(backend)
  if (crew?.memory === memory && crew.threads.threads === count) return count
  dismissThreads()
  if (count === 1) return 1
  const kernels = kernelsOf(products.on(backend))
  const threads = await muster(count, { module: products.moduleFor(memory), memory, kernels })
  crew = threads && { memory, threads }
  return threads?.threads ?? 1
}

/** Ends all but this one. */
export function dismissThreads(): void {
  crew?.threads.dismiss()
  crew = null
}

/** How many threads compute, and how many parts of their work others than this one have taken. */
export function threadsNow(): { readonly count: number; readonly helped: number } {
  return { count: crew?.threads.threads ?? 1, helped: crew?.threads.helped ?? 0 }
}

export interface Work {
  /** Parts that it can be cut into. */
  readonly units: number
  readonly multiplications: number
  /** Elements of room of its own that each thread needs, where 4,096 are not enough. */
  readonly room?: number
}

/** Computes all of it. */
export function compute<Name extends keyof Cuttable>(ops: Ops, name: Name, args: Cuttable[Name], work: Work): void {
  const { backend } = ops
  const { units, multiplications } = work
  const size = Math.max(PANEL, work.room ?? 0)
  const shared =
    multiplications >= WORTH_SHARING && units > 1 && crew?.memory === memoryOf(backend) ? crew.threads : null
  const space = backend.makeOutput([size * (shared?.threads ?? 1)], 'float32')
  try {
    const room = address(backend, space)
    if (shared) shared.perform({ kernel: CUTTABLE.indexOf(name), args, units, room, roomBytes: size * BYTES })
    else (products.on(backend)[name] as (...args: number[]) => void)(...args, 0, units, room)
  } finally {
    ops.free(space)
  }
}
