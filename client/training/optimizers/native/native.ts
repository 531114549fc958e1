import { NativeModule, type Numbers } from '../../wasm/native/module.ts'
import { KERNEL_BASE64 } from './kernel-bytes.ts'

/** kernel.as.ts: addresses in bytes of tfjs' memory, the number of elements, then rates. */
export interface Updates {
  sumSquares(...args: Numbers<2>): number
  sgd(...args: Numbers<8>): void
  momentum(...args: Numbers<11>): void
  adam(...args: Numbers<16>): void
  adagrad(...args: Numbers<10>): void
  rmsprop(...args: Numbers<13>): void
}

export const updates = new NativeModule<Updates>([KERNEL_BASE64])
