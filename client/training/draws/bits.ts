/**
 * What random layers draw, as a function of (key, salt, index) and nothing else, so that every backend draws the same
 * and a recorded step need only be given another key. The hash is PCG-RXS-M-XS 32 (O'Neill 2014, section 6.3.4), as Jarzynski
 * and Olano use it (2020, section 4.1).
 */

export function pcg(value: number): number {
  const state = (Math.imul(value, 747796405) + 2891336453) >>> 0
  const word = Math.imul((state >>> ((state >>> 28) + 4)) ^ state, 277803737) >>> 0
  return ((word >>> 22) ^ word) >>> 0
}

export const PCG_WGSL = `
fn pcg(value: u32) -> u32 {
  let state = value * 747796405u + 2891336453u;
  let word = ((state >> ((state >> 28u) + 4u)) ^ state) * 277803737u;
  return (word >> 22u) ^ word;
}`

export interface MaskSpec {
  /** Part of the elements that are dropped, between 0 and 1. */
  readonly rate: number
  /** Tells layers apart. */
  readonly salt: number
}

export interface NormalSpec {
  readonly salt: number
}

/** Hashes below it are dropped. */
const thresholdOf = ({ rate }: MaskSpec): number => Math.min(Math.round(rate * 2 ** 32), 0xffffffff)

/** What is kept is made larger, so that sums stay what they are in the mean. */
const scaleOf = ({ rate }: MaskSpec): number => Math.fround(1 / (1 - rate))

/** A key in two halves of 16 bits, which 32-bit floats hold exactly. */
export function halves(key: number): [number, number] {
  return [key >>> 16, key & 0xffff]
}

const seedOf = ([high, low]: readonly [number, number], salt: number): number =>
  pcg((((high << 16) | low) ^ salt) >>> 0)

/** 0 or 1 / (1 − rate) for each of `size` elements. */
export function maskValues(key: readonly [number, number], spec: MaskSpec, size: number): Float32Array {
  const seed = seedOf(key, spec.salt)
  const [threshold, scale] = [thresholdOf(spec), scaleOf(spec)]
  return Float32Array.from({ length: size }, (_, i) => (pcg((pcg(i) ^ seed) >>> 0) >= threshold ? scale : 0))
}

/** The same in WGSL, for element `i`, a u32. `high` and `low`: floats. */
export function maskExpression(high: string, low: string, spec: MaskSpec): string {
  return `select(0f, ${scaleOf(spec)}f, ${hashExpression(high, low, spec.salt)} >= ${thresholdOf(spec)}u)`
}

/** The second hash of an element is by another salt. */
const other = (salt: number): number => (salt ^ 0x9e3779b9) >>> 0

/** Drawn from the normal distribution of mean 0 and deviation 1, by Box & Muller 1958, equation 1. */
export function normalValues(key: readonly [number, number], { salt }: NormalSpec, size: number): Float32Array {
  const [one, two] = [seedOf(key, salt), seedOf(key, other(salt))]
  return Float32Array.from({ length: size }, (_, i) => {
    const hash = pcg(i)
    const [u, v] = [(pcg((hash ^ one) >>> 0) + 0.5) / 2 ** 32, pcg((hash ^ two) >>> 0) / 2 ** 32]
    // From −π to π, where WGSL promises to know a cosine.
    return Math.sqrt(-2 * Math.log(u)) * Math.cos(2 * Math.PI * (v - 0.5))
  })
}

/** The same in WGSL, as exactly as the device knows logarithms and cosines. */
export function normalExpression(high: string, low: string, { salt }: NormalSpec): string {
  const [u, v] = [salt, other(salt)].map((by) => `f32(${hashExpression(high, low, by)})`)
  return `(sqrt(max(0f, -2f * log((${u} + 0.5f) * 0x1p-32f))) * cos(${2 * Math.PI}f * (${v} * 0x1p-32f - 0.5f)))`
}

function hashExpression(high: string, low: string, salt: number): string {
  const key = `((u32(${high}) << 16u) | u32(${low}))`
  return `pcg(pcg(i) ^ pcg(${key} ^ ${salt >>> 0}u))`
}
