/**
 * Products of matrices and convolutions, in AssemblyScript, for 128-bit SIMD. Not part of the TypeScript program:
 * `node scripts/kernel.mjs` compiles this file into kernel-bytes.ts, once with a product and a sum that are rounded together
 * (relaxed SIMD) and once without, and a test holds them together.
 *
 * Addresses are bytes in tfjs' own memory, where its tensors lie; all elements are float32. What is large is computed in parts:
 * each entry below takes the first of its units of work and the one behind its last, and `room`, which no other part uses.
 * How the work is cut changes no result by a bit.
 */

/** Rows of a panel: 16 KiB of them, which stay in the nearest cache. */
const DEPTH: i32 = 512

/** Columns of a panel: two vectors. */
const COLUMNS: i32 = 8

/** Rows of a part, where a product is cut by rows. */
const ROWS: i32 = 12

/**
 * out[i, j] = Σ a(i, p) · b(p, j), m × n, p below k. a(i, p) lies at a + i·row + p·step; b is k × n, or n × k where it is
 * turned. Eight columns of b, and of these `DEPTH` rows, at a time are copied to a panel, one after the other as they are
 * used, and meet rows of a in registers (Goto & van de Geijn 2008, sections 4 and 5).
 *
 * Units of work: by 0, pairs of matrices that lie nextA, nextB and nextOut bytes apart; by 1, eight columns of a single pair;
 * by 2, twelve rows of it. Room: 8·512 elements.
 */
export function product(
  a: usize,
  row: usize,
  step: usize,
  b: usize,
  turned: bool,
  out: usize,
  m: i32,
  k: i32,
  n: i32,
  nextA: usize,
  nextB: usize,
  nextOut: usize,
  by: i32,
  first: i32,
  end: i32,
  room: usize,
): void {
  if (by === 0) {
    for (let pair = <usize>first; pair < <usize>end; pair++) {
      part(a + pair * nextA, row, step, b + pair * nextB, turned, out + pair * nextOut, m, k, n, 0, n, room)
    }
  } else if (by === 1) {
    part(a, row, step, b, turned, out, m, k, n, first * COLUMNS, min(n, end * COLUMNS), room)
  } else {
    const from = first * ROWS
    const rows = min(m, end * ROWS) - from
    part(a + <usize>from * row, row, step, b, turned, out + ((<usize>(from * n)) << 2), rows, k, n, 0, n, room)
  }
}

function part(
  a: usize,
  row: usize,
  step: usize,
  b: usize,
  turned: bool,
  out: usize,
  m: i32,
  k: i32,
  n: i32,
  from: i32,
  to: i32,
  panel: usize,
): void {
  const stride = (<usize>n) << 2
  for (let j = from; j < to; j += COLUMNS) {
    const columns = min(COLUMNS, n - j)
    for (let p = 0; p < k; p += DEPTH) {
      const depth = min(DEPTH, k - p)
      if (turned) packRows(b + ((<usize>j * <usize>k + <usize>p) << 2), (<usize>k) << 2, panel, depth, columns)
      else packColumns(b + <usize>p * stride + ((<usize>j) << 2), stride, panel, depth, columns)
      strip(a + <usize>p * step, row, step, 0, 1, depth, panel, out + ((<usize>j) << 2), stride, columns, m, p > 0)
    }
  }
}

/** panels[j, p, c] = b[p, 8·j + c], k rows of n columns; 0 where there are no more columns. */
export function pack(b: usize, panels: usize, k: i32, n: i32): void {
  for (let j = 0; j < n; j += COLUMNS) {
    packColumns(b + ((<usize>j) << 2), (<usize>n) << 2, panels, k, min(COLUMNS, n - j))
    panels += (<usize>k) << 5
  }
}

/**
 * out[b, oh, ow, o] = Σ x[b, oh·strideHeight + kh, ow·strideWidth + kw, i] · filter[kh, kw, i, o]: NHWC, x with its padding.
 * A row of a window is one run of x, so that nothing is copied: neighbours begin `step` bytes apart, and runs `row` bytes.
 * The filter is packed. Units of work: images. Uses no room.
 */
export function convolve(
  x: usize,
  filter: usize,
  out: usize,
  row: usize,
  step: usize,
  image: usize,
  strideHeight: i32,
  filterHeight: i32,
  run: i32,
  outHeight: i32,
  outWidth: i32,
  outChannels: i32,
  first: i32,
  end: i32,
  _room: usize,
): void {
  const stride = (<usize>outChannels) << 2
  const jump = row - ((<usize>run) << 2)
  for (let b = first; b < end; b++) {
    let panel = filter
    for (let j = 0; j < outChannels; j += COLUMNS) {
      const columns = min(COLUMNS, outChannels - j)
      let to = out + <usize>(b * outHeight * outWidth) * stride + ((<usize>j) << 2)
      let from = x + <usize>b * image
      for (let oh = 0; oh < outHeight; oh++) {
        strip(from, step, 4, jump, filterHeight, run, panel, to, stride, columns, outWidth, false)
        from += <usize>strideHeight * row
        to += <usize>outWidth * stride
      }
      panel += (<usize>(filterHeight * run)) << 5
    }
  }
}

/**
 * out[kh, kw, i, o] = Σ x[b, oh·strideHeight + kh, ow·strideWidth + kw, i] · dy[b, oh, ow, o], as `convolve` has them. Units of
 * work: eight of the last channels. Room: 8·max(512, outWidth) elements.
 */
export function filterGradient(
  x: usize,
  dy: usize,
  out: usize,
  row: usize,
  step: usize,
  image: usize,
  strideHeight: i32,
  filterHeight: i32,
  run: i32,
  batch: i32,
  outHeight: i32,
  outWidth: i32,
  outChannels: i32,
  first: i32,
  end: i32,
  room: usize,
): void {
  const stride = (<usize>outChannels) << 2
  const jump = <usize>strideHeight * row - <usize>outWidth * step
  const lines = max(1, DEPTH / outWidth)
  for (let j = first * COLUMNS; j < min(outChannels, end * COLUMNS); j += COLUMNS) {
    const columns = min(COLUMNS, outChannels - j)
    for (let b = 0; b < batch; b++) {
      for (let oh = 0; oh < outHeight; oh += lines) {
        const height = min(lines, outHeight - oh)
        const gradient = dy + <usize>((b * outHeight + oh) * outWidth) * stride + ((<usize>j) << 2)
        packColumns(gradient, stride, room, height * outWidth, columns)
        let from = x + <usize>b * image + <usize>(oh * strideHeight) * row
        let to = out + ((<usize>j) << 2)
        for (let kh = 0; kh < filterHeight; kh++) {
          strip(from, 4, step, jump, height, outWidth, room, to, stride, columns, run, b > 0 || oh > 0)
          from += row
          to += <usize>run * stride
        }
      }
    }
  }
}

/**
 * out[b, top + h·strideHeight, left + w·strideWidth, c] = x[b, h, w, c], 0 elsewhere: images with a border, and apart where
 * strides are above 1. All of x has its place.
 */
export function place(
  x: usize,
  out: usize,
  batch: i32,
  height: i32,
  width: i32,
  channels: i32,
  outHeight: i32,
  outWidth: i32,
  top: i32,
  left: i32,
  strideHeight: i32,
  strideWidth: i32,
): void {
  const pixel = (<usize>channels) << 2
  const line = <usize>width * pixel
  memory.fill(out, 0, <usize>(batch * outHeight * outWidth) * pixel)
  for (let b = 0; b < batch; b++) {
    for (let h = 0; h < height; h++) {
      let to = out + <usize>((b * outHeight + top + h * strideHeight) * outWidth + left) * pixel
      if (strideWidth === 1) {
        memory.copy(to, x, line)
        x += line
      } else {
        for (let w = 0; w < width; w++) {
          memory.copy(to, x, pixel)
          x += pixel
          to += <usize>strideWidth * pixel
        }
      }
    }
  }
}

/** panel[p, c] = b[p, c], 0 where there are fewer than eight columns. */
function packColumns(b: usize, stride: usize, panel: usize, k: i32, columns: i32): void {
  const end = panel + ((<usize>k) << 5)
  if (columns === COLUMNS) {
    for (; panel < end; panel += 32) {
      v128.store(panel, v128.load(b))
      v128.store(panel, v128.load(b, 16), 16)
      b += stride
    }
    return
  }
  for (; panel < end; panel += 32) {
    for (let c = 0; c < COLUMNS; c++) {
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

/**
 * `rows` rows of the result, eight columns: out[i, j] = Σ a(i, p) · panel[p, j]. a's elements are `segments` runs of `depth`
 * that lie `step` bytes apart, with `jump` bytes between a run's end and the next one. `more`: added to what is there.
 */
function strip(
  a: usize,
  row: usize,
  step: usize,
  jump: usize,
  segments: i32,
  depth: i32,
  panel: usize,
  out: usize,
  stride: usize,
  columns: i32,
  rows: i32,
  more: bool,
): void {
  // Six rows take all registers where product and sum are one; otherwise four are quicker. 8 and 9 rows are two fours.
  if (ASC_FEATURE_RELAXED_SIMD) {
    for (; rows >= 6 && rows !== 8 && rows !== 9; rows -= 6) {
      sixRows(a, row, step, jump, segments, depth, panel, out, stride, columns, more)
      a += 6 * row
      out += 6 * stride
    }
  }
  for (; rows >= 4; rows -= 4) {
    fourRows(a, row, step, jump, segments, depth, panel, out, stride, columns, more)
    a += 4 * row
    out += 4 * stride
  }
  for (; rows > 0; rows--) {
    oneRow(a, step, jump, segments, depth, panel, out, columns, more)
    a += row
    out += stride
  }
}

/** sum + x·b */
function multiplyAdd(x: v128, b: v128, sum: v128): v128 {
  return ASC_FEATURE_RELAXED_SIMD ? v128.relaxed_madd<f32>(x, b, sum) : f32x4.add(sum, f32x4.mul(x, b))
}

function sixRows(
  a: usize,
  row: usize,
  step: usize,
  jump: usize,
  segments: i32,
  depth: i32,
  panel: usize,
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
  let c40 = f32x4.splat(0)
  let c41 = f32x4.splat(0)
  let c50 = f32x4.splat(0)
  let c51 = f32x4.splat(0)
  let a1 = a + row
  let a2 = a1 + row
  let a3 = a2 + row
  let a4 = a3 + row
  let a5 = a4 + row
  for (let s = 0; s < segments; s++) {
    const end = panel + ((<usize>depth) << 5)
    for (; panel < end; panel += 32) {
      const b0 = v128.load(panel)
      const b1 = v128.load(panel, 16)
      const x0 = v128.load_splat<f32>(a)
      c00 = multiplyAdd(x0, b0, c00)
      c01 = multiplyAdd(x0, b1, c01)
      const x1 = v128.load_splat<f32>(a1)
      c10 = multiplyAdd(x1, b0, c10)
      c11 = multiplyAdd(x1, b1, c11)
      const x2 = v128.load_splat<f32>(a2)
      c20 = multiplyAdd(x2, b0, c20)
      c21 = multiplyAdd(x2, b1, c21)
      const x3 = v128.load_splat<f32>(a3)
      c30 = multiplyAdd(x3, b0, c30)
      c31 = multiplyAdd(x3, b1, c31)
      const x4 = v128.load_splat<f32>(a4)
      c40 = multiplyAdd(x4, b0, c40)
      c41 = multiplyAdd(x4, b1, c41)
      const x5 = v128.load_splat<f32>(a5)
      c50 = multiplyAdd(x5, b0, c50)
      c51 = multiplyAdd(x5, b1, c51)
      a += step
      a1 += step
      a2 += step
      a3 += step
      a4 += step
      a5 += step
    }
    a += jump
    a1 += jump
    a2 += jump
    a3 += jump
    a4 += jump
    a5 += jump
  }
  putRow(out, c00, c01, columns, more)
  putRow(out + stride, c10, c11, columns, more)
  putRow(out + 2 * stride, c20, c21, columns, more)
  putRow(out + 3 * stride, c30, c31, columns, more)
  putRow(out + 4 * stride, c40, c41, columns, more)
  putRow(out + 5 * stride, c50, c51, columns, more)
}

function fourRows(
  a: usize,
  row: usize,
  step: usize,
  jump: usize,
  segments: i32,
  depth: i32,
  panel: usize,
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
  for (let s = 0; s < segments; s++) {
    const end = panel + ((<usize>depth) << 5)
    for (; panel < end; panel += 32) {
      const b0 = v128.load(panel)
      const b1 = v128.load(panel, 16)
      const x0 = v128.load_splat<f32>(a)
      c00 = multiplyAdd(x0, b0, c00)
      c01 = multiplyAdd(x0, b1, c01)
      const x1 = v128.load_splat<f32>(a1)
      c10 = multiplyAdd(x1, b0, c10)
      c11 = multiplyAdd(x1, b1, c11)
      const x2 = v128.load_splat<f32>(a2)
      c20 = multiplyAdd(x2, b0, c20)
      c21 = multiplyAdd(x2, b1, c21)
      const x3 = v128.load_splat<f32>(a3)
      c30 = multiplyAdd(x3, b0, c30)
      c31 = multiplyAdd(x3, b1, c31)
      a += step
      a1 += step
      a2 += step
      a3 += step
    }
    a += jump
    a1 += jump
    a2 += jump
    a3 += jump
  }
  putRow(out, c00, c01, columns, more)
  putRow(out + stride, c10, c11, columns, more)
  putRow(out + 2 * stride, c20, c21, columns, more)
  putRow(out + 3 * stride, c30, c31, columns, more)
}

function oneRow(
  a: usize,
  step: usize,
  jump: usize,
  segments: i32,
  depth: i32,
  panel: usize,
  out: usize,
  columns: i32,
  more: bool,
): void {
  let c0 = f32x4.splat(0)
  let c1 = f32x4.splat(0)
  for (let s = 0; s < segments; s++) {
    const end = panel + ((<usize>depth) << 5)
    for (; panel < end; panel += 32) {
      const x = v128.load_splat<f32>(a)
      c0 = multiplyAdd(x, v128.load(panel), c0)
      c1 = multiplyAdd(x, v128.load(panel, 16), c1)
      a += step
    }
    a += jump
  }
  putRow(out, c0, c1, columns, more)
}

/** `more`: added to what is there. */
function putRow(out: usize, low: v128, high: v128, columns: i32, more: bool): void {
  if (columns === COLUMNS) {
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
