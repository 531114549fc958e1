import { TributaryError } from '../../../shared/errors/error.ts'
import type { WasmBackend } from './kernels.ts'

interface Allocator {
  _malloc(bytes: number): number
}

const guarded = new WeakSet<object>()

/**
 * From now on 'training/failed' is thrown where WebAssembly's memory is full. tfjs does not look at what it is given: it would
 * go on at address 0, where its own data lies.
 */
export function refuseFullMemory({ wasm }: WasmBackend): void {
  if (guarded.has(wasm)) return
  guarded.add(wasm)
  const allocator = wasm as unknown as Allocator
  const own = allocator._malloc
  allocator._malloc = (bytes) => {
    const at = own(bytes)
    if (at !== 0 || bytes === 0) return at
    throw new TributaryError(
      'training/failed',
      `WebAssembly’s memory has no room for ${Math.ceil(bytes / 2 ** 20)} MiB more. A smaller batch helps, or a smaller model.`,
    )
  }
}
