import { NativeModule, type Numbers } from '../native/module.ts'
import { KERNEL_BASE64 } from './kernel-bytes.ts'

/** kernel.as.ts: addresses in bytes of tfjs' memory, then sizes. */
export interface Arrays {
  repeat(...args: Numbers<5>): void
  columnSums(...args: Numbers<5>): void
}

export const arrays = new NativeModule<Arrays>([KERNEL_BASE64])
