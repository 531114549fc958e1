/**
 * Gradients that tfjs' WebAssembly backend lacks or computes slowly, in AssemblyScript, for 128-bit SIMD. Not part of the
 * TypeScript program: `node scripts/kernel.mjs` compiles this file into kernel-bytes.ts, and a test holds the two together.
 *
 * Addresses are bytes in tfjs' own memory, where its tensors lie; no element is copied. Images are NHWC, float32.
 */

/**
 * dx += dy where x is its window's maximum y; the first one in reading order where there are several, as on tfjs' other
 * backends. Values are finite. dx is cleared first.
 */
export function maxPoolGrad(
  x: usize,
  y: usize,
  dy: usize,
  dx: usize,
  batch: i32,
  height: i32,
  width: i32,
  outHeight: i32,
  outWidth: i32,
  channels: i32,
  windowHeight: i32,
  windowWidth: i32,
  strideHeight: i32,
  strideWidth: i32,
  top: i32,
  left: i32,
): void {
  memory.fill(dx, 0, (<usize>(batch * height * width * channels)) << 2)
  const vectors = channels & ~3
  for (let b = 0; b < batch; b++) {
    for (let oh = 0; oh < outHeight; oh++) {
      const h0 = oh * strideHeight - top
      const hFrom = max(h0, 0)
      const hTo = min(h0 + windowHeight, height)
      for (let ow = 0; ow < outWidth; ow++) {
        const w0 = ow * strideWidth - left
        const wFrom = max(w0, 0)
        const wTo = min(w0 + windowWidth, width)
        const out = (<usize>(((b * outHeight + oh) * outWidth + ow) * channels)) << 2
        for (let c = 0; c < vectors; c += 4) {
          const at = out + ((<usize>c) << 2)
          const most = v128.load(y + at)
          const gradient = v128.load(dy + at)
          let open = i32x4.splat(-1)
          for (let h = hFrom; h < hTo; h++) {
            let pixel = (<usize>(((b * height + h) * width + wFrom) * channels + c)) << 2
            for (let w = wFrom; w < wTo; w++) {
              const hit = v128.and(open, f32x4.eq(v128.load(x + pixel), most))
              v128.store(dx + pixel, f32x4.add(v128.load(dx + pixel), v128.and(gradient, hit)))
              open = v128.andnot(open, hit)
              pixel += (<usize>channels) << 2
            }
          }
        }
        for (let c = vectors; c < channels; c++) {
          const at = out + ((<usize>c) << 2)
          const most = load<f32>(y + at)
          let open = true
          for (let h = hFrom; h < hTo && open; h++) {
            let pixel = (<usize>(((b * height + h) * width + wFrom) * channels + c)) << 2
            for (let w = wFrom; w < wTo && open; w++) {
              if (load<f32>(x + pixel) === most) {
                store<f32>(dx + pixel, load<f32>(dx + pixel) + load<f32>(dy + at))
                open = false
              }
              pixel += (<usize>channels) << 2
            }
          }
        }
      }
    }
  }
}

/**
 * The gradient of a depthwise convolution, of its filter or of its input, from the other two; it is cleared first:
 * filter[kh, kw, c, q] += Σ x[b, h, w, c] · dy[b, oh, ow, c·m + q], or
 * x[b, h, w, c] += Σ dy[b, oh, ow, c·m + q] · filter[kh, kw, c, q]. m: the depth multiplier.
 */
export function depthwiseGrad(
  x: usize,
  dy: usize,
  filter: usize,
  ofFilter: bool,
  batch: i32,
  height: i32,
  width: i32,
  outHeight: i32,
  outWidth: i32,
  channels: i32,
  multiplier: i32,
  filterHeight: i32,
  filterWidth: i32,
  strideHeight: i32,
  strideWidth: i32,
  top: i32,
  left: i32,
): void {
  if (ofFilter) memory.fill(filter, 0, (<usize>(filterHeight * filterWidth * channels * multiplier)) << 2)
  else memory.fill(x, 0, (<usize>(batch * height * width * channels)) << 2)
  for (let b = 0; b < batch; b++) {
    for (let oh = 0; oh < outHeight; oh++) {
      for (let kh = 0; kh < filterHeight; kh++) {
        const h = oh * strideHeight - top + kh
        if (h < 0 || h >= height) continue
        for (let ow = 0; ow < outWidth; ow++) {
          const gradient = dy + ((<usize>(((b * outHeight + oh) * outWidth + ow) * channels * multiplier)) << 2)
          for (let kw = 0; kw < filterWidth; kw++) {
            const w = ow * strideWidth - left + kw
            if (w < 0 || w >= width) continue
            const pixel = x + ((<usize>(((b * height + h) * width + w) * channels)) << 2)
            const weights = filter + ((<usize>((kh * filterWidth + kw) * channels * multiplier)) << 2)
            if (multiplier === 1) {
              // Both are sums of products, element by element.
              if (ofFilter) addProducts(weights, pixel, gradient, channels)
              else addProducts(pixel, weights, gradient, channels)
            } else if (ofFilter) spread(weights, pixel, gradient, channels, multiplier)
            else gather(pixel, weights, gradient, channels, multiplier)
          }
        }
      }
    }
  }
}

/** to[c] += a[c] · b[c] */
function addProducts(to: usize, a: usize, b: usize, channels: i32): void {
  const vectors = channels & ~3
  for (let c = 0; c < vectors; c += 4) {
    const at = (<usize>c) << 2
    v128.store(to + at, f32x4.add(v128.load(to + at), f32x4.mul(v128.load(a + at), v128.load(b + at))))
  }
  for (let c = vectors; c < channels; c++) {
    const at = (<usize>c) << 2
    store<f32>(to + at, load<f32>(to + at) + load<f32>(a + at) * load<f32>(b + at))
  }
}

/** to[c, q] += a[c] · b[c, q] */
function spread(to: usize, a: usize, b: usize, channels: i32, multiplier: i32): void {
  for (let c = 0; c < channels; c++) {
    const value = load<f32>(a + ((<usize>c) << 2))
    for (let q = 0; q < multiplier; q++) {
      const at = (<usize>(c * multiplier + q)) << 2
      store<f32>(to + at, load<f32>(to + at) + value * load<f32>(b + at))
    }
  }
}

/** to[c] += Σ a[c, q] · b[c, q] */
function gather(to: usize, a: usize, b: usize, channels: i32, multiplier: i32): void {
  for (let c = 0; c < channels; c++) {
    let sum: f32 = 0
    for (let q = 0; q < multiplier; q++) {
      const at = (<usize>(c * multiplier + q)) << 2
      sum += load<f32>(a + at) * load<f32>(b + at)
    }
    const at = to + ((<usize>c) << 2)
    store<f32>(at, load<f32>(at) + sum)
  }
}

/** out[ids[i]] += x[i], rows of `inner` elements; out is cleared first. Ids outside 0 to segments − 1 are left out. */
export function segmentSum(x: usize, ids: usize, out: usize, rows: i32, inner: i32, segments: i32): void {
  memory.fill(out, 0, (<usize>(segments * inner)) << 2)
  const vectors = inner & ~3
  for (let i = 0; i < rows; i++) {
    const id = load<i32>(ids + ((<usize>i) << 2))
    if (id < 0 || id >= segments) continue
    const from = x + ((<usize>(i * inner)) << 2)
    const to = out + ((<usize>(id * inner)) << 2)
    for (let j = 0; j < vectors; j += 4) {
      const at = (<usize>j) << 2
      v128.store(to + at, f32x4.add(v128.load(to + at), v128.load(from + at)))
    }
    for (let j = vectors; j < inner; j++) {
      const at = (<usize>j) << 2
      store<f32>(to + at, load<f32>(to + at) + load<f32>(from + at))
    }
  }
}

/**
 * The gradient of a convolution over volumes (NDHWC, filters DHWIO), of its filter or of its input, from the other two; it is
 * cleared first: filter[k, i, o] += Σ x[p + k, i] · dy[p, o], or x[p + k, i] += Σ dy[p, o] · filter[k, i, o].
 */
export function volumeGrad(
  x: usize,
  dy: usize,
  filter: usize,
  ofFilter: bool,
  batch: i32,
  depth: i32,
  height: i32,
  width: i32,
  outDepth: i32,
  outHeight: i32,
  outWidth: i32,
  channels: i32,
  outChannels: i32,
  filterDepth: i32,
  filterHeight: i32,
  filterWidth: i32,
  strideDepth: i32,
  strideHeight: i32,
  strideWidth: i32,
  front: i32,
  top: i32,
  left: i32,
): void {
  const pixel = (<usize>channels) << 2
  const out = (<usize>outChannels) << 2
  const position = <usize>channels * out
  if (ofFilter) memory.fill(filter, 0, <usize>(filterDepth * filterHeight * filterWidth) * position)
  else memory.fill(x, 0, <usize>(batch * depth * height * width) * pixel)
  for (let b = 0; b < batch; b++) {
    for (let od = 0; od < outDepth; od++) {
      for (let oh = 0; oh < outHeight; oh++) {
        for (let ow = 0; ow < outWidth; ow++) {
          const gradient = dy + <usize>(((b * outDepth + od) * outHeight + oh) * outWidth + ow) * out
          for (let kd = 0; kd < filterDepth; kd++) {
            const d = od * strideDepth - front + kd
            if (d < 0 || d >= depth) continue
            for (let kh = 0; kh < filterHeight; kh++) {
              const h = oh * strideHeight - top + kh
              if (h < 0 || h >= height) continue
              for (let kw = 0; kw < filterWidth; kw++) {
                const w = ow * strideWidth - left + kw
                if (w < 0 || w >= width) continue
                const image = x + <usize>(((b * depth + d) * height + h) * width + w) * pixel
                const weights = filter + <usize>((kd * filterHeight + kh) * filterWidth + kw) * position
                if (ofFilter) addOuter(weights, image, gradient, channels, outChannels)
                else addInner(image, weights, gradient, channels, outChannels)
              }
            }
          }
        }
      }
    }
  }
}

/** to[i, o] += a[i] · b[o] */
function addOuter(to: usize, a: usize, b: usize, rows: i32, columns: i32): void {
  const vectors = columns & ~3
  for (let i = 0; i < rows; i++) {
    const value = load<f32>(a)
    const splat = f32x4.splat(value)
    for (let o = 0; o < vectors; o += 4) {
      const at = (<usize>o) << 2
      v128.store(to + at, f32x4.add(v128.load(to + at), f32x4.mul(splat, v128.load(b + at))))
    }
    for (let o = vectors; o < columns; o++) {
      const at = (<usize>o) << 2
      store<f32>(to + at, load<f32>(to + at) + value * load<f32>(b + at))
    }
    a += 4
    to += (<usize>columns) << 2
  }
}

/** to[i] += Σ a[i, o] · b[o] */
function addInner(to: usize, a: usize, b: usize, rows: i32, columns: i32): void {
  const vectors = columns & ~3
  for (let i = 0; i < rows; i++) {
    let sums = f32x4.splat(0)
    for (let o = 0; o < vectors; o += 4) {
      const at = (<usize>o) << 2
      sums = f32x4.add(sums, f32x4.mul(v128.load(a + at), v128.load(b + at)))
    }
    let sum =
      f32x4.extract_lane(sums, 0) +
      f32x4.extract_lane(sums, 1) +
      f32x4.extract_lane(sums, 2) +
      f32x4.extract_lane(sums, 3)
    for (let o = vectors; o < columns; o++) {
      const at = (<usize>o) << 2
      sum += load<f32>(a + at) * load<f32>(b + at)
    }
    store<f32>(to, load<f32>(to) + sum)
    a += (<usize>columns) << 2
    to += 4
  }
}
