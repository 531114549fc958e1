/**
 * The loops of rule A1 in AssemblyScript, for WebAssembly's 128-bit SIMD. Not part of the TypeScript program:
 * `node scripts/kernel.mjs` compiles this file into kernel-bytes.ts, and a test holds the two together.
 *
 * Addresses are bytes in the imported memory, aligned to 16. `count` is a multiple of 8: the caller pads with zeros,
 * which neither change a sum nor a norm.
 */

/** The largest magnitude of `count` float32, as its bits: infinities and NaN have larger bits than every number. */
export function largest(input: usize, count: usize): u32 {
  const magnitude = i32x4.splat(0x7fffffff)
  let a = i32x4.splat(0)
  let b = i32x4.splat(0)
  for (const end = input + count * 4; input < end; input += 32) {
    a = i32x4.max_u(a, v128.and(v128.load(input), magnitude))
    b = i32x4.max_u(b, v128.and(v128.load(input, 16), magnitude))
  }
  a = i32x4.max_u(a, b)
  a = i32x4.max_u(a, v128.shuffle<i32>(a, a, 2, 3, 0, 1))
  a = i32x4.max_u(a, v128.shuffle<i32>(a, a, 1, 0, 3, 2))
  return i32x4.extract_lane(a, 0)
}

/**
 * sums[i] += round(weight·xᵢ), half to even, in float64; returns squares + Σ xᵢ² in the order of tensors/norm.ts:
 * eight lanes in each block of 4096 elements, then the blocks from left to right.
 */
export function add(input: usize, sums: usize, count: usize, weight: f64, squares: f64): f64 {
  const w = f64x2.splat(weight)
  const last = input + count * 4
  while (input < last) {
    const end = min(input + 4096 * 4, last)
    let s0 = f64x2.splat(0)
    let s1 = f64x2.splat(0)
    let s2 = f64x2.splat(0)
    let s3 = f64x2.splat(0)
    for (; input < end; input += 32) {
      const x0 = f64x2.promote_low_f32x4(v128.load64_zero(input))
      const x1 = f64x2.promote_low_f32x4(v128.load64_zero(input, 8))
      const x2 = f64x2.promote_low_f32x4(v128.load64_zero(input, 16))
      const x3 = f64x2.promote_low_f32x4(v128.load64_zero(input, 24))
      v128.store(sums, f64x2.add(v128.load(sums), f64x2.nearest(f64x2.mul(x0, w))))
      v128.store(sums, f64x2.add(v128.load(sums, 16), f64x2.nearest(f64x2.mul(x1, w))), 16)
      v128.store(sums, f64x2.add(v128.load(sums, 32), f64x2.nearest(f64x2.mul(x2, w))), 32)
      v128.store(sums, f64x2.add(v128.load(sums, 48), f64x2.nearest(f64x2.mul(x3, w))), 48)
      s0 = f64x2.add(s0, f64x2.mul(x0, x0))
      s1 = f64x2.add(s1, f64x2.mul(x1, x1))
      s2 = f64x2.add(s2, f64x2.mul(x2, x2))
      s3 = f64x2.add(s3, f64x2.mul(x3, x3))
      sums += 64
    }
    const lanes = f64x2.add(f64x2.add(s0, s1), f64x2.add(s2, s3))
    squares += f64x2.extract_lane(lanes, 0) + f64x2.extract_lane(lanes, 1)
  }
  return squares
}
