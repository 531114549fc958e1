/** Convolutions and pooling in float64, over images [batch, height, width, channels]. */
import { type Array64, at, build } from './array64.ts'

export interface Window {
  readonly size: readonly [number, number]
  readonly strides: readonly [number, number]
  readonly padding: string
}

interface Axis {
  readonly out: number
  readonly before: number
}

/** As TensorFlow cuts windows: 'same' gives ⌈size / stride⌉ of them, the lesser half of the padding before. */
function axis(length: number, size: number, stride: number, padding: string): Axis {
  if (padding === 'valid') return { out: Math.floor((length - size) / stride) + 1, before: 0 }
  const out = Math.ceil(length / stride)
  return { out, before: Math.floor(Math.max(0, (out - 1) * stride + size - length) / 2) }
}

interface Pixel {
  readonly h: number
  readonly w: number
  readonly kh: number
  readonly kw: number
}

interface Cut {
  readonly height: number
  readonly width: number
  /** The pixels of the input that the window at [oh, ow] covers, with their place in it. */
  covers(oh: number, ow: number): Pixel[]
}

export function cut(height: number, width: number, { size, strides, padding }: Window): Cut {
  const rows = axis(height, size[0], strides[0], padding)
  const columns = axis(width, size[1], strides[1], padding)
  return {
    height: rows.out,
    width: columns.out,
    covers(oh, ow) {
      const pixels: Pixel[] = []
      for (let kh = 0; kh < size[0]; kh++)
        for (let kw = 0; kw < size[1]; kw++) {
          const h = oh * strides[0] - rows.before + kh
          const w = ow * strides[1] - columns.before + kw
          if (h >= 0 && h < height && w >= 0 && w < width) pixels.push({ h, w, kh, kw })
        }
      return pixels
    },
  }
}

type Image = readonly [batch: number, height: number, width: number, channels: number]

/** `filter`: [height, width, in, out]. */
export function convolution(x: Array64, filter: Array64, window: Window): Array64 {
  const [batch, height, width, channels] = x.shape as Image
  const cuts = cut(height, width, window)
  return build([batch, cuts.height, cuts.width, filter.shape[3] as number], (b, oh, ow, o) => {
    let sum = 0
    for (const { h, w, kh, kw } of cuts.covers(oh as number, ow as number))
      for (let c = 0; c < channels; c++) sum += at(x, b as number, h, w, c) * at(filter, kh, kw, c, o as number)
    return sum
  })
}

/** `filter`: [height, width, in, multiplier]. */
export function depthwise(x: Array64, filter: Array64, window: Window): Array64 {
  const [batch, height, width, channels] = x.shape as Image
  const multiplier = filter.shape[3] as number
  const cuts = cut(height, width, window)
  return build([batch, cuts.height, cuts.width, channels * multiplier], (b, oh, ow, o) => {
    const channel = Math.floor((o as number) / multiplier)
    let sum = 0
    for (const { h, w, kh, kw } of cuts.covers(oh as number, ow as number))
      sum += at(x, b as number, h, w, channel) * at(filter, kh, kw, channel, (o as number) % multiplier)
    return sum
  })
}

/** The convolution from the output to the input, turned round. `filter`: [height, width, out, in]. */
export function transposed(x: Array64, filter: Array64, window: Window): Array64 {
  const [batch, height, width, channels] = x.shape as Image
  const [kh, kw, outputs] = filter.shape as Image
  const length = (n: number, size: number, stride: number) =>
    window.padding === 'same' ? n * stride : n * stride + Math.max(size - stride, 0)
  const out = [length(height, kh, window.strides[0]), length(width, kw, window.strides[1])] as const
  const cuts = cut(out[0], out[1], window)
  const result = build([batch, ...out, outputs], () => 0)
  for (let b = 0; b < batch; b++)
    for (let ih = 0; ih < height; ih++)
      for (let iw = 0; iw < width; iw++)
        for (const pixel of cuts.covers(ih, iw))
          for (let o = 0; o < outputs; o++)
            for (let c = 0; c < channels; c++) {
              const place = ((b * out[0] + pixel.h) * out[1] + pixel.w) * outputs + o
              const part = at(x, b, ih, iw, c) * at(filter, pixel.kh, pixel.kw, o, c)
              result.data[place] = (result.data[place] as number) + part
            }
  return result
}

export function pooled(x: Array64, window: Window, of: (values: number[]) => number): Array64 {
  const [batch, height, width, channels] = x.shape as Image
  const cuts = cut(height, width, window)
  return build([batch, cuts.height, cuts.width, channels], (b, oh, ow, c) =>
    of(cuts.covers(oh as number, ow as number).map(({ h, w }) => at(x, b as number, h, w, c as number))),
  )
}

export const most = (values: number[]) => Math.max(...values)
/** Of what there is: padding does not count. */
export const mean = (values: number[]) => values.reduce((a, b) => a + b, 0) / values.length
