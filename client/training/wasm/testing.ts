/** Windows over images in float64, by their definition: what the kernels' gradients are held against. */

export interface WindowSpec {
  readonly x: readonly [batch: number, height: number, width: number, channels: number]
  readonly filter: readonly [height: number, width: number]
  readonly strides: readonly [number, number]
  readonly pad: 'same' | 'valid'
}

interface Axis {
  readonly out: number
  readonly before: number
}

/** As TensorFlow cuts windows: 'same' gives ⌈size / stride⌉ of them, the lesser half of the padding before. */
function axis(size: number, filter: number, stride: number, pad: 'same' | 'valid'): Axis {
  if (pad === 'valid') return { out: Math.floor((size - filter) / stride) + 1, before: 0 }
  const out = Math.ceil(size / stride)
  return { out, before: Math.floor(Math.max(0, (out - 1) * stride + filter - size) / 2) }
}

export interface Visit {
  /** Offset of the input's pixel and of the output's, in pixels; of the filter's position. */
  readonly input: number
  readonly output: number
  readonly position: number
}

export interface Windows {
  readonly outHeight: number
  readonly outWidth: number
  /** Every (input pixel, output pixel, filter position) that meet. */
  readonly visits: readonly Visit[]
}

export function windows({ x, filter, strides, pad }: WindowSpec): Windows {
  const [batch, height, width] = x
  const rows = axis(height, filter[0], strides[0], pad)
  const columns = axis(width, filter[1], strides[1], pad)
  const visits: Visit[] = []
  for (let b = 0; b < batch; b++)
    for (let oh = 0; oh < rows.out; oh++)
      for (let ow = 0; ow < columns.out; ow++)
        for (let kh = 0; kh < filter[0]; kh++)
          for (let kw = 0; kw < filter[1]; kw++) {
            const h = oh * strides[0] - rows.before + kh
            const w = ow * strides[1] - columns.before + kw
            if (h < 0 || h >= height || w < 0 || w >= width) continue
            visits.push({
              input: (b * height + h) * width + w,
              output: (b * rows.out + oh) * columns.out + ow,
              position: kh * filter[1] + kw,
            })
          }
  return { outHeight: rows.out, outWidth: columns.out, visits }
}

/** The largest difference, as a part of the expected values' largest magnitude. */
export function distance(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  if (actual.length !== expected.length) return Number.POSITIVE_INFINITY
  let most = 0
  let largest = 0
  for (let i = 0; i < expected.length; i++) {
    const difference = Math.abs((actual[i] as number) - (expected[i] as number))
    if (Number.isNaN(difference)) return Number.POSITIVE_INFINITY
    most = Math.max(most, difference)
    largest = Math.max(largest, Math.abs(expected[i] as number))
  }
  return most / largest
}
