import type { TensorInfo } from '@tensorflow/tfjs-core'
import type { WasmBackend } from '../kernels.ts'

/** A kernel's parameters, all of them numbers. */
export type Numbers<Count extends number, All extends number[] = []> = All['length'] extends Count
  ? All
  : Numbers<Count, [...All, number]>

/** Compiled kernels, in base64, that work on the memory of tfjs' WebAssembly backend. */
export class NativeModule<Kernels> {
  private readonly bytes: Uint8Array<ArrayBuffer>
  private compiled: WebAssembly.Module | null = null
  private readonly instances = new WeakMap<WebAssembly.Memory, Kernels>()

  constructor(base64: string) {
    this.bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0))
  }

  /** Whether this platform has the instructions that the kernels are made of. */
  isSupported(): boolean {
    return WebAssembly.validate(this.bytes)
  }

  /** The kernels on this backend's memory. Throws where tfjs does not give it away, as only another version of it would. */
  on({ wasm }: WasmBackend): Kernels {
    const memory = wasm.asm?.memory
    if (!memory) throw new Error('tfjs’ WebAssembly memory was not found')
    const known = this.instances.get(memory)
    if (known) return known
    this.compiled ??= new WebAssembly.Module(this.bytes)
    const made = new WebAssembly.Instance(this.compiled, { env: { memory } }).exports as unknown as Kernels
    this.instances.set(memory, made)
    return made
  }
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
