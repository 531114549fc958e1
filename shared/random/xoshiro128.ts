/** Four 32-bit words, not all zero. */
export type Words = readonly [number, number, number, number]

/**
 * xoshiro128** 1.1 (Blackman and Vigna, "Scrambled linear pseudorandom number generators", ACM TOMS 47, 2021;
 * https://prng.di.unimi.it/xoshiro128starstar.c): period 2¹²⁸ − 1, passes BigCrush, 32-bit integer operations only.
 * Not for secrets: its state can be computed from its output.
 */
export class Xoshiro128 {
  #a: number
  #b: number
  #c: number
  #d: number

  constructor(state: Words) {
    this.#a = state[0] | 0
    this.#b = state[1] | 0
    this.#c = state[2] | 0
    this.#d = state[3] | 0
  }

  /** The next 32 random bits, as an integer from 0 to 2³² − 1. */
  next(): number {
    const product = Math.imul(this.#b, 5)
    const result = Math.imul((product << 7) | (product >>> 25), 9)
    const shifted = this.#b << 9
    this.#c ^= this.#a
    this.#d ^= this.#b
    this.#b ^= this.#c
    this.#a ^= this.#d
    this.#c ^= shifted
    this.#d = (this.#d << 11) | (this.#d >>> 21)
    return result >>> 0
  }
}

/**
 * A state from one 32-bit seed: four steps of SplitMix (Steele, Lea and Flood, OOPSLA 2014) in 32 bits, with the
 * two multipliers of C. Wellons' hash-prospector (https://github.com/skeeto/hash-prospector). Each step is a
 * bijection of a different counter, so at most one of the words is zero.
 */
export function stateFromSeed(seed: number): Words {
  let counter = seed | 0
  const step = (): number => {
    counter = (counter + 0x9e3779b9) | 0
    let z = counter ^ (counter >>> 16)
    z = Math.imul(z, 0x21f0aaad)
    z ^= z >>> 15
    z = Math.imul(z, 0x735a2d97)
    return (z ^ (z >>> 15)) >>> 0
  }
  return [step(), step(), step(), step()]
}
