import { TributaryError } from '../errors/error.ts'
import { hashKeys } from './hash.ts'
import { stateFromSeed, Xoshiro128 } from './xoshiro128.ts'

/**
 * All randomness of the project: a function of (job seed, purpose, ...keys), never a stream that two parties share.
 * Nobody's draws depend on what others drew before, so a round can be repeated, resumed and simulated exactly.
 * None of it is for secrets: tokens, masks and privacy noise come from the platform's cryptographic generator.
 */

/**
 * A 32-bit seed (0 to 2³² − 1) for one purpose. `purpose` names the use, such as 'select' or 'synthetic-digits';
 * `keys` tell apart its instances, such as round and client. Different keys give unrelated seeds; among k of them
 * two coincide with probability about k²/2³³.
 */
export function deriveSeed(seed: number | string, purpose: string, ...keys: (string | number)[]): number {
  return hashKeys([seed, purpose, ...keys])
}

/** The stream of random numbers for one purpose. */
export function random(seed: number | string, purpose: string, ...keys: (string | number)[]): Random {
  return new Random(deriveSeed(seed, purpose, ...keys))
}

/** Draws from the usual distributions, deterministic from a 32-bit seed. */
export class Random {
  readonly #bits: Xoshiro128
  #spareNormal: number | undefined

  constructor(seed: number) {
    this.#bits = new Xoshiro128(stateFromSeed(seed))
  }

  /** Uniform in [0, 1), a multiple of 2⁻⁵³. */
  next(): number {
    const high = this.#bits.next() >>> 5
    const low = this.#bits.next() >>> 6
    return (high * 0x4000000 + low) / 0x20000000000000
  }

  /** Uniform in [from, to). */
  uniform(from: number, to: number): number {
    return from + (to - from) * this.next()
  }

  /** An integer from 0 to n − 1, each equally likely: the uneven rest of the 2³² values is drawn again. */
  int(n: number): number {
    if (!Number.isInteger(n) || n < 1 || n > 0x100000000) {
      throw new TributaryError('internal', `Random.int needs a whole number from 1 to 2^32, got ${n}.`)
    }
    const limit = 0x100000000 - (0x100000000 % n)
    let bits = this.#bits.next()
    while (bits >= limit) bits = this.#bits.next()
    return bits % n
  }

  /** Standard normal, by the polar method (Marsaglia and Bray, SIAM Review 6, 1964). */
  normal(): number {
    const spare = this.#spareNormal
    if (spare !== undefined) {
      this.#spareNormal = undefined
      return spare
    }
    for (;;) {
      const u = this.uniform(-1, 1)
      const v = this.uniform(-1, 1)
      const square = u * u + v * v
      if (square === 0 || square >= 1) continue
      const factor = Math.sqrt((-2 * Math.log(square)) / square)
      this.#spareNormal = v * factor
      return u * factor
    }
  }

  /**
   * Gamma with shape `alpha` > 0 and scale 1 (Marsaglia and Tsang, "A simple method for generating gamma variables",
   * ACM TOMS 26, 2000); below 1 by their section 6: gamma(alpha + 1) · U^(1/alpha). Tiny shapes can underflow to 0.
   */
  gamma(alpha: number): number {
    return Math.exp(this.#logGamma(alpha))
  }

  /** `k` proportions, each ≥ 0, that sum to 1: symmetric Dirichlet with concentration `alpha` > 0. */
  dirichlet(alpha: number, k: number): Float64Array {
    // In logarithms, so that a tiny alpha, whose gammas all underflow to 0, still gives proportions.
    const proportions = Float64Array.from({ length: k }, () => this.#logGamma(alpha))
    const largest = proportions.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY)
    let total = 0
    for (let i = 0; i < k; i++) {
      const weight = Math.exp((proportions[i] as number) - largest)
      proportions[i] = weight
      total += weight
    }
    return proportions.map((weight) => weight / total)
  }

  /** Puts `array` into random order, in place (Fisher–Yates), and returns it. */
  shuffle<T extends Int32Array | Uint32Array | Uint8Array>(array: T): T {
    for (let i = array.length - 1; i > 0; i--) {
      const j = this.int(i + 1)
      const held = array[i] as number
      array[i] = array[j] as number
      array[j] = held
    }
    return array
  }

  /** The numbers 0 to n − 1 in random order. */
  permutation(n: number): Uint32Array {
    return this.shuffle(Uint32Array.from({ length: n }, (_, i) => i))
  }

  #logGamma(alpha: number): number {
    if (!(alpha > 0) || alpha === Number.POSITIVE_INFINITY) {
      throw new TributaryError('internal', `A gamma distribution needs a finite shape above 0, got ${alpha}.`)
    }
    if (alpha < 1) return this.#logGamma(alpha + 1) + Math.log(1 - this.next()) / alpha
    const d = alpha - 1 / 3
    const c = 1 / Math.sqrt(9 * d)
    for (;;) {
      const x = this.normal()
      const base = 1 + c * x
      if (base <= 0) continue
      const v = base * base * base
      if (Math.log(1 - this.next()) < 0.5 * x * x + d - d * v + d * Math.log(v)) return Math.log(d * v)
    }
  }
}
