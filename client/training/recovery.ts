import { TributaryError } from '../../shared/errors/error.ts'
import { wasm } from './backends/wasm.ts'
import { takeDeviceError, webgpu, webgpuIsLost } from './backends/webgpu.ts'

/** Throws 'training/failed' where the GPU has refused a command since the last look: what it has computed may be wrong. */
export function checkDevice(): void {
  const complaint = takeDeviceError()
  if (complaint !== null) throw new DeviceFault(complaint)
}

class DeviceFault extends TributaryError {
  constructor(complaint: string) {
    super('training/failed', `The GPU refused a part of the training: ${complaint}`)
  }
}

/**
 * After a task has failed: makes ready for trying it again from what it was given, if it was the GPU's fault. A device that
 * was lost is asked for anew; where that does not help, or what it refused it would refuse again, WebAssembly takes over.
 * `letGo`: of everything that lies on the backend. False: it was not the GPU's fault, or nothing is left to try.
 */
export async function recover(thrown: unknown, letGo: () => void): Promise<boolean> {
  const lost = await webgpuIsLost()
  if (!lost && !(thrown instanceof DeviceFault)) return false
  letGo()
  for (const backend of lost ? [webgpu, wasm] : [wasm]) {
    try {
      await backend.activate()
      return true
    } catch {
      // The next one, then.
    }
  }
  return false
}
