/**
 * Sums of columns and rows that are repeated, in AssemblyScript, for 128-bit SIMD. Not part of the TypeScript program:
 * `node scripts/kernel.mjs` compiles this file into kernel-bytes.ts, and a test holds the two together.
 *
 * Addresses are bytes in tfjs' own memory, where its tensors lie. All elements are float32.
 */

/** Rows that are summed on their own first: so the sum of many loses less. */
const BLOCK: i32 = 128

/** out[c] = Σ x[r, c] / divisor */
export function columnSums(x: usize, out: usize, rows: i32, columns: i32, divisor: f32): void {
  const stride = (<usize>columns) << 2
  const by = f32x4.splat(divisor)
  let c = 0
  // A cache line at a time.
  for (; c + 16 <= columns; c += 16) {
    const first = x + ((<usize>c) << 2)
    let a = f32x4.splat(0)
    let b = f32x4.splat(0)
    let d = f32x4.splat(0)
    let e = f32x4.splat(0)
    for (let from = 0; from < rows; from += BLOCK) {
      const to = min(from + BLOCK, rows)
      let a0 = f32x4.splat(0)
      let b0 = f32x4.splat(0)
      let d0 = f32x4.splat(0)
      let e0 = f32x4.splat(0)
      let at = first + <usize>from * stride
      for (let r = from; r < to; r++) {
        a0 = f32x4.add(a0, v128.load(at))
        b0 = f32x4.add(b0, v128.load(at, 16))
        d0 = f32x4.add(d0, v128.load(at, 32))
        e0 = f32x4.add(e0, v128.load(at, 48))
        at += stride
      }
      a = f32x4.add(a, a0)
      b = f32x4.add(b, b0)
      d = f32x4.add(d, d0)
      e = f32x4.add(e, e0)
    }
    const to = out + ((<usize>c) << 2)
    v128.store(to, f32x4.div(a, by))
    v128.store(to, f32x4.div(b, by), 16)
    v128.store(to, f32x4.div(d, by), 32)
    v128.store(to, f32x4.div(e, by), 48)
  }
  for (; c < columns; c++) {
    let sum: f32 = 0
    let at = x + ((<usize>c) << 2)
    for (let from = 0; from < rows; from += BLOCK) {
      const to = min(from + BLOCK, rows)
      let part: f32 = 0
      for (let r = from; r < to; r++) {
        part += load<f32>(at)
        at += stride
      }
      sum += part
    }
    store<f32>(out + ((<usize>c) << 2), sum / divisor)
  }
}

/** out[o, t, i] = x[o, i] for each t below `times`. */
export function repeat(x: usize, out: usize, outer: i32, times: i32, inner: i32): void {
  const bytes = (<usize>inner) << 2
  for (let o = 0; o < outer; o++) {
    if (inner === 1) {
      const value = v128.load_splat<f32>(x)
      let t = 0
      for (; t + 4 <= times; t += 4) {
        v128.store(out, value)
        out += 16
      }
      for (; t < times; t++) {
        v128.store_lane<f32>(out, value, 0)
        out += 4
      }
    } else {
      for (let t = 0; t < times; t++) {
        memory.copy(out, x, bytes)
        out += bytes
      }
    }
    x += bytes
  }
}
