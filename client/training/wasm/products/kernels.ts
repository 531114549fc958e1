import type { Numbers } from '../native/module.ts'
import type { Kernel } from '../threads/board.ts'

/** kernel.as.ts: addresses and distances in bytes of tfjs' memory, and sizes. */
export interface Products {
  product(...args: Numbers<16>): void
  convolve(...args: Numbers<15>): void
  filterGradient(...args: Numbers<16>): void
  pack(...args: Numbers<4>): void
  place(...args: Numbers<12>): void
}

/** What can be computed in parts: the arguments but for the last three. */
export interface Cuttable {
  product: Numbers<13>
  convolve: Numbers<12>
  filterGradient: Numbers<13>
}

/** As threads number them. */
export const CUTTABLE = ['product', 'convolve', 'filterGradient'] as const satisfies readonly (keyof Cuttable)[]

export function kernelsOf(products: Products): Kernel[] {
  return CUTTABLE.map((name) => products[name] as Kernel)
}
