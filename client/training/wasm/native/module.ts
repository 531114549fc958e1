import type { TensorInfo } from '@tensorflow/tfjs-core'
import type { WasmBackend } from '../kernels.ts'
import { shared } from '../threads/shared-memory.ts'

/** A kernel's parameters, all of them numbers. */
export type Numbers<Count extends number, All extends number[] = []> = All['length'] extends Count
  ? All
  : Numbers<Count, [...All, number]>

/**
 * Compiled kernels, in base64, that work on the memory of tfjs' WebAssembly backend. Of several variants the first one is used
 * that this platform has the instructions for.
 */
export class NativeModule<Kernels> {
  private readonly variants: readonly [string, ...string[]]
  private chosen: Uint8Array<ArrayBuffer> | null = null
  private readonly compiled = new Map<boolean, WebAssembly.Module>()
  private readonly instances = new WeakMap<WebAssembly.Memory, Kernels>()

  constructor(variants: readonly [string, ...string[]]) {
    this.variants = variants
  }

  /** Whether this platform has the instructions that the kernels are made of. */
  isSupported(): boolean {
    return WebAssembly.validate(this.bytes())
  }

  /** The kernels on this backend's memory. Throws where tfjs does not give it away, as only another version of it would. */
  on(backend: WasmBackend): Kernels {
    const memory = memoryOf(backend)
    const known = this.instances.get(memory)
    if (known) return known
    const made = new WebAssembly.Instance(this.moduleFor(memory), { env: { memory } }).exports as unknown as Kernels
    this.instances.set(memory, made)
    return made
  }

  /** What can be instantiated on this memory, by other threads too where it is shared. */
  moduleFor(memory: WebAssembly.Memory): WebAssembly.Module {
    const isShared = typeof SharedArrayBuffer === 'function' && memory.buffer instanceof SharedArrayBuffer
    const known = this.compiled.get(isShared)
    if (known) return known
    const module = new WebAssembly.Module(isShared ? shared(this.bytes()) : this.bytes())
    this.compiled.set(isShared, module)
    return module
  }

  private bytes(): Uint8Array<ArrayBuffer> {
    if (this.chosen) return this.chosen
    const all = this.variants.map((base64) => Uint8Array.from(atob(base64), (character) => character.charCodeAt(0)))
    this.chosen = all.find((bytes) => WebAssembly.validate(bytes)) ?? (all.at(-1) as Uint8Array<ArrayBuffer>)
    return this.chosen
  }
}

/** tfjs' memory. Throws where tfjs does not give it away. */
export function memoryOf({ wasm }: WasmBackend): WebAssembly.Memory {
  const memory = wasm.asm?.memory
  if (!memory) throw new Error('tfjs’ WebAssembly memory was not found')
  return memory
}

/**
 * Where a tensor's elements lie; it has some. Throws where tfjs found no memory for it, which tfjs itself does not notice: what
 * is written there then falls on tfjs' own data.
 */
export function address({ dataIdMap }: WasmBackend, { dataId, shape }: TensorInfo): number {
  const { memoryOffset } = dataIdMap.get(dataId)
  if (memoryOffset !== 0) return memoryOffset
  throw new Error(
    `WebAssembly’s memory has no room for a tensor of shape [${shape.join(', ')}]. A smaller batch helps.`,
  )
}

/** Of each of these. */
export function addresses<Tensors extends readonly TensorInfo[]>(backend: WasmBackend, ...tensors: Tensors) {
  return tensors.map((tensor) => address(backend, tensor)) as { [I in keyof Tensors]: number }
}
