/**
 * The loops of rule A1 in AssemblyScript, for WebAssembly's 128-bit SIMD. Not part of the TypeScript program:
 * `node scripts/kernel.mjs` compiles this file into kernel-bytes.ts, and a test holds the two together.
 *
 * Addresses are bytes in the imported memory. `count` is a multiple of 16: the caller pads with zeros, which change neither
 * a sum nor a norm.
 *
 * A sum is held as an integer of 64 bits. M = 1.5·2⁵² rounds to a whole number what is added to it, half to even, and
 * leaves it in the low bits: bits(M + v) = bits(M) + v for |v| ≤ 2⁵¹ (IEEE 754, binary64). So the bits themselves are
 * added, bits(M) among them as often as there were additions; whoever reads the sums takes that away. Integers wrap around
 * without loss: whatever was added, NaN too, is taken away again by subtracting the same bits.
 */

const M: f64 = 6755399441055744.0

/** Whole numbers are converted in two parts, at 2²⁶, because M has room for 2⁵¹ only. */
const SPLIT: i32 = 26
const PART: f64 = 67108864.0

/** Of what `add` has read last: the sum of its 32-bit words, mod 2³². */
export let checksum: i32 = 0

/**
 * sums[i] += bits(M + weight·xᵢ); returns ≈Σ xᵢ²: in float32 over blocks of 4096 elements, in eight lanes, and the lanes in
 * float64.
 */
export function add(input: usize, sums: usize, count: usize, weight: f64): f64 {
  const w = f64x2.splat(weight)
  const m = f64x2.splat(M)
  const last = input + count * 4
  let squares: f64 = 0
  let words = i32x4.splat(0)
  while (input < last) {
    const end = min(input + 4096 * 4, last)
    let squares0 = f32x4.splat(0)
    let squares1 = f32x4.splat(0)
    for (; input < end; input += 64) {
      const x0 = v128.load(input)
      const x1 = v128.load(input, 16)
      const x2 = v128.load(input, 32)
      const x3 = v128.load(input, 48)
      words = i32x4.add(words, i32x4.add(i32x4.add(x0, x1), i32x4.add(x2, x3)))
      squares0 = f32x4.add(squares0, f32x4.mul(x0, x0))
      squares1 = f32x4.add(squares1, f32x4.mul(x1, x1))
      squares0 = f32x4.add(squares0, f32x4.mul(x2, x2))
      squares1 = f32x4.add(squares1, f32x4.mul(x3, x3))
      const v0 = f64x2.add(m, f64x2.mul(f64x2.promote_low_f32x4(x0), w))
      v128.store(sums, i64x2.add(v128.load(sums), v0))
      const v1 = f64x2.add(m, f64x2.mul(f64x2.promote_low_f32x4(v128.load64_zero(input, 8)), w))
      v128.store(sums, i64x2.add(v128.load(sums, 16), v1), 16)
      const v2 = f64x2.add(m, f64x2.mul(f64x2.promote_low_f32x4(x1), w))
      v128.store(sums, i64x2.add(v128.load(sums, 32), v2), 32)
      const v3 = f64x2.add(m, f64x2.mul(f64x2.promote_low_f32x4(v128.load64_zero(input, 24)), w))
      v128.store(sums, i64x2.add(v128.load(sums, 48), v3), 48)
      const v4 = f64x2.add(m, f64x2.mul(f64x2.promote_low_f32x4(x2), w))
      v128.store(sums, i64x2.add(v128.load(sums, 64), v4), 64)
      const v5 = f64x2.add(m, f64x2.mul(f64x2.promote_low_f32x4(v128.load64_zero(input, 40)), w))
      v128.store(sums, i64x2.add(v128.load(sums, 80), v5), 80)
      const v6 = f64x2.add(m, f64x2.mul(f64x2.promote_low_f32x4(x3), w))
      v128.store(sums, i64x2.add(v128.load(sums, 96), v6), 96)
      const v7 = f64x2.add(m, f64x2.mul(f64x2.promote_low_f32x4(v128.load64_zero(input, 56)), w))
      v128.store(sums, i64x2.add(v128.load(sums, 112), v7), 112)
      sums += 128
    }
    squares += total(squares0) + total(squares1)
  }
  words = i32x4.add(words, v128.shuffle<i32>(words, words, 2, 3, 0, 1))
  words = i32x4.add(words, v128.shuffle<i32>(words, words, 1, 0, 3, 2))
  checksum = i32x4.extract_lane(words, 0)
  return squares
}

function total(x: v128): f64 {
  const both = f64x2.add(f64x2.promote_low_f32x4(x), f64x2.promote_low_f32x4(v128.shuffle<i64>(x, x, 1, 1)))
  return f64x2.extract_lane(both, 0) + f64x2.extract_lane(both, 1)
}

/** The largest magnitude, as its bits: infinities and NaN have larger bits than every number. */
export function largest(input: usize, count: usize): u32 {
  const magnitude = i32x4.splat(0x7fffffff)
  let a = i32x4.splat(0)
  for (const end = input + count * 4; input < end; input += 16) {
    a = i32x4.max_u(a, v128.and(v128.load(input), magnitude))
  }
  a = i32x4.max_u(a, v128.shuffle<i32>(a, a, 2, 3, 0, 1))
  a = i32x4.max_u(a, v128.shuffle<i32>(a, a, 1, 0, 3, 2))
  return i32x4.extract_lane(a, 0)
}

/** sums[i] = −sums[i], as integers. Before and after `add` it makes a subtraction of it. */
export function negate(sums: usize, count: usize): void {
  for (const end = sums + count * 8; sums < end; sums += 16) v128.store(sums, i64x2.neg(v128.load(sums)))
}

/** Integers to whole numbers in float64, in place: sums[i] − excess, exactly up to ±2⁵³. */
export function toNumbers(sums: usize, count: usize, excess: i64): void {
  const e = i64x2.splat(excess)
  for (const end = sums + count * 8; sums < end; sums += 16) {
    const s = i64x2.sub(v128.load(sums), e)
    const high = numbers(i64x2.shr_s(s, SPLIT))
    const low = numbers(v128.and(s, i64x2.splat(<i64>PART - 1)))
    v128.store(sums, f64x2.add(f64x2.mul(high, f64x2.splat(PART)), low))
  }
}

/** And back, in place. */
export function toIntegers(sums: usize, count: usize): void {
  const part = f64x2.splat(PART)
  for (const end = sums + count * 8; sums < end; sums += 16) {
    const x = v128.load(sums)
    const high = f64x2.nearest(f64x2.div(x, part))
    const low = f64x2.sub(x, f64x2.mul(high, part))
    v128.store(sums, i64x2.add(i64x2.shl(integers(high), SPLIT), integers(low)))
  }
}

function numbers(x: v128): v128 {
  const m = f64x2.splat(M)
  return f64x2.sub(i64x2.add(x, m), m)
}

function integers(x: v128): v128 {
  const m = f64x2.splat(M)
  return i64x2.sub(f64x2.add(x, m), m)
}
