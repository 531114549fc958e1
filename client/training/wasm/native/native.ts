import type { TensorInfo } from '@tensorflow/tfjs-core'
import type { WasmBackend } from '../kernels.ts'
import { KERNEL_BASE64 } from './kernel-bytes.ts'

type Numbers<Count extends number, All extends number[] = []> = All['length'] extends Count
  ? All
  : Numbers<Count, [...All, number]>

/** kernel.as.ts: addresses in bytes of tfjs' memory, then sizes. */
export interface Native {
  maxPoolGrad(...args: Numbers<16>): void
  depthwiseGrad(...args: Numbers<17>): void
  segmentSum(...args: Numbers<6>): void
}

const BYTES = Uint8Array.from(atob(KERNEL_BASE64), (character) => character.charCodeAt(0))
let compiled: WebAssembly.Module | null = null
const instances = new WeakMap<WebAssembly.Memory, Native>()

/** The kernels on this backend's memory. Throws where tfjs does not give it away, as only another version of it would. */
export function native({ wasm }: WasmBackend): Native {
  const memory = wasm.asm?.memory
  if (!memory) throw new Error('tfjs’ WebAssembly memory was not found')
  const known = instances.get(memory)
  if (known) return known
  compiled ??= new WebAssembly.Module(BYTES)
  const made = new WebAssembly.Instance(compiled, { env: { memory } }).exports as unknown as Native
  instances.set(memory, made)
  return made
}

/** Whether this platform has the instructions that the kernels are made of. */
export function isSupported(): boolean {
  return WebAssembly.validate(BYTES)
}

/** Where a tensor's elements lie. */
export function address({ dataIdMap }: WasmBackend, { dataId }: TensorInfo): number {
  return dataIdMap.get(dataId).memoryOffset
}
