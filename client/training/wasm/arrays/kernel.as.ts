/**
 * Products of matrices, sums of columns and rows that are repeated, in AssemblyScript, for 128-bit SIMD. Not part of the
 * TypeScript program: `node scripts/kernel.mjs` compiles this file into kernel-bytes.ts, and a test holds the two together.
 *
 * Addresses are bytes in tfjs' own memory, where its tensors lie; no element is copied but to a panel. All are float32.
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

/** Rows of a panel: 16 KiB of them, which stay in the nearest cache. */
const DEPTH: i32 = 512

/**
 * out[i, j] = Σ a(i, p) · b(p, j), m × n, p below k. a(i, p) lies at a + i·row + p·step; b is k × n, or n × k where it is
 * turned. Eight columns of b, and of these `DEPTH` rows, at a time are copied to `panel` (room for 8·DEPTH elements), one
 * after the other as they are used, and meet four rows of a in registers (Goto & van de Geijn 2008, sections 4 and 5).
 */
export function product(
  a: usize,
  row: usize,
  step: usize,
  b: usize,
  turned: bool,
  out: usize,
  panel: usize,
  m: i32,
  k: i32,
  n: i32,
): void {
  const stride = (<usize>n) << 2
  for (let j = 0; j < n; j += 8) {
    const columns = min(8, n - j)
    for (let p = 0; p < k; p += DEPTH) {
      const depth = min(DEPTH, k - p)
      if (turned) packRows(b + ((<usize>j * <usize>k + <usize>p) << 2), (<usize>k) << 2, panel, depth, columns)
      else packColumns(b + <usize>p * stride + ((<usize>j) << 2), stride, panel, depth, columns)
      let from = a + <usize>p * step
      let to = out + ((<usize>j) << 2)
      let i = 0
      for (; i + 4 <= m; i += 4) {
        fourRows(from, row, step, panel, depth, to, stride, columns, p > 0)
        from += 4 * row
        to += 4 * stride
      }
      for (; i < m; i++) {
        oneRow(from, step, panel, depth, to, columns, p > 0)
        from += row
        to += stride
      }
    }
  }
}

/** panel[p, c] = b[p, c], 0 where there are fewer than eight columns. */
function packColumns(b: usize, stride: usize, panel: usize, k: i32, columns: i32): void {
  const end = panel + ((<usize>k) << 5)
  if (columns === 8) {
    for (; panel < end; panel += 32) {
      v128.store(panel, v128.load(b))
      v128.store(panel, v128.load(b, 16), 16)
      b += stride
    }
    return
  }
  for (; panel < end; panel += 32) {
    for (let c = 0; c < 8; c++) {
      const at = (<usize>c) << 2
      store<f32>(panel + at, c < columns ? load<f32>(b + at) : 0)
    }
    b += stride
  }
}

/** panel[p, c] = b[c, p], 0 where there are fewer than eight rows. */
function packRows(b: usize, stride: usize, panel: usize, k: i32, rows: i32): void {
  for (let half = 0; half < 8; half += 4) {
    let from = b + <usize>half * stride
    let to = panel + ((<usize>half) << 2)
    let p = 0
    if (half + 4 <= rows) {
      for (; p + 4 <= k; p += 4) {
        const r0 = v128.load(from)
        const r1 = v128.load(from + stride)
        const r2 = v128.load(from + 2 * stride)
        const r3 = v128.load(from + 3 * stride)
        const low01 = v128.shuffle<i32>(r0, r1, 0, 4, 1, 5)
        const high01 = v128.shuffle<i32>(r0, r1, 2, 6, 3, 7)
        const low23 = v128.shuffle<i32>(r2, r3, 0, 4, 1, 5)
        const high23 = v128.shuffle<i32>(r2, r3, 2, 6, 3, 7)
        v128.store(to, v128.shuffle<i64>(low01, low23, 0, 2))
        v128.store(to, v128.shuffle<i64>(low01, low23, 1, 3), 32)
        v128.store(to, v128.shuffle<i64>(high01, high23, 0, 2), 64)
        v128.store(to, v128.shuffle<i64>(high01, high23, 1, 3), 96)
        from += 16
        to += 128
      }
    }
    for (; p < k; p++) {
      for (let c = 0; c < 4; c++) {
        const value = half + c < rows ? load<f32>(from + <usize>c * stride) : 0
        store<f32>(to + ((<usize>c) << 2), value)
      }
      from += 4
      to += 32
    }
  }
}

function fourRows(
  a: usize,
  row: usize,
  step: usize,
  panel: usize,
  k: i32,
  out: usize,
  stride: usize,
  columns: i32,
  more: bool,
): void {
  let c00 = f32x4.splat(0)
  let c01 = f32x4.splat(0)
  let c10 = f32x4.splat(0)
  let c11 = f32x4.splat(0)
  let c20 = f32x4.splat(0)
  let c21 = f32x4.splat(0)
  let c30 = f32x4.splat(0)
  let c31 = f32x4.splat(0)
  let a1 = a + row
  let a2 = a1 + row
  let a3 = a2 + row
  const end = panel + ((<usize>k) << 5)
  for (; panel < end; panel += 32) {
    const b0 = v128.load(panel)
    const b1 = v128.load(panel, 16)
    const x0 = v128.load_splat<f32>(a)
    c00 = f32x4.add(c00, f32x4.mul(x0, b0))
    c01 = f32x4.add(c01, f32x4.mul(x0, b1))
    const x1 = v128.load_splat<f32>(a1)
    c10 = f32x4.add(c10, f32x4.mul(x1, b0))
    c11 = f32x4.add(c11, f32x4.mul(x1, b1))
    const x2 = v128.load_splat<f32>(a2)
    c20 = f32x4.add(c20, f32x4.mul(x2, b0))
    c21 = f32x4.add(c21, f32x4.mul(x2, b1))
    const x3 = v128.load_splat<f32>(a3)
    c30 = f32x4.add(c30, f32x4.mul(x3, b0))
    c31 = f32x4.add(c31, f32x4.mul(x3, b1))
    a += step
    a1 += step
    a2 += step
    a3 += step
  }
  putRow(out, c00, c01, columns, more)
  putRow(out + stride, c10, c11, columns, more)
  putRow(out + 2 * stride, c20, c21, columns, more)
  putRow(out + 3 * stride, c30, c31, columns, more)
}

function oneRow(a: usize, step: usize, panel: usize, k: i32, out: usize, columns: i32, more: bool): void {
  let c0 = f32x4.splat(0)
  let c1 = f32x4.splat(0)
  const end = panel + ((<usize>k) << 5)
  for (; panel < end; panel += 32) {
    const x = v128.load_splat<f32>(a)
    c0 = f32x4.add(c0, f32x4.mul(x, v128.load(panel)))
    c1 = f32x4.add(c1, f32x4.mul(x, v128.load(panel, 16)))
    a += step
  }
  putRow(out, c0, c1, columns, more)
}

/** `more`: added to what is there. */
function putRow(out: usize, low: v128, high: v128, columns: i32, more: bool): void {
  if (columns === 8) {
    v128.store(out, more ? f32x4.add(low, v128.load(out)) : low)
    v128.store(out, more ? f32x4.add(high, v128.load(out, 16)) : high, 16)
    return
  }
  for (let c = 0; c < columns; c++) {
    const value = f32x4.extract_lane(c < 4 ? low : high, 0)
    const at = out + ((<usize>c) << 2)
    store<f32>(at, more ? value + load<f32>(at) : value)
    // The next lane comes to the front.
    if (c < 4) low = v128.shuffle<f32>(low, low, 1, 2, 3, 0)
    else high = v128.shuffle<f32>(high, high, 1, 2, 3, 0)
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
