import { KERNEL_BASE64 } from './kernel-bytes.ts'
import { NativeModule, type Numbers } from './module.ts'

/** kernel.as.ts: addresses in bytes of tfjs' memory, then sizes. */
export interface Gradients {
  maxPoolGrad(...args: Numbers<16>): void
  depthwiseGrad(...args: Numbers<17>): void
  volumeGrad(...args: Numbers<22>): void
  segmentSum(...args: Numbers<6>): void
}

export const gradients = new NativeModule<Gradients>([KERNEL_BASE64])
