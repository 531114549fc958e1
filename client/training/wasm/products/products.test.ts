import { setFlagsFromString } from 'node:v8'
import { describe, expect, it } from 'vitest'
import { random } from '../../../../shared/random/random.ts'
import { distance, type WindowSpec, windows } from '../testing.ts'
import { KERNEL_BASE64, RELAXED_BASE64 } from './kernel-bytes.ts'
import type { Products } from './kernels.ts'

const bytesOf = (base64: string) => Uint8Array.from(Buffer.from(base64, 'base64'))

// Node 20 has it, but keeps it back.
if (!WebAssembly.validate(bytesOf(RELAXED_BASE64))) setFlagsFromString('--experimental-wasm-relaxed-simd')

/** What is around results, which nothing may write to. */
const GUARD = -12345.5
const CLOSE = 1e-5

/** Kernels on memory of their own, in which arrays are laid one after the other. */
function variant(base64: string) {
  const memory = new WebAssembly.Memory({ initial: 64, maximum: 64 })
  const module = new WebAssembly.Module(bytesOf(base64))
  const kernels = new WebAssembly.Instance(module, { env: { memory } }).exports as unknown as Products
  let at = 1024
  const place = (values: Float32Array) => {
    const address = at
    new Float32Array(memory.buffer, address, values.length).set(values)
    at += values.byteLength + 64
    return address
  }
  return {
    kernels,
    put: place,
    /** Room for a result between guards; read once it is there. */
    room(size: number) {
      const address = place(new Float32Array(size + 2).fill(GUARD)) + 4
      const read = () => {
        const values = new Float32Array(memory.buffer, address - 4, size + 2)
        expect([values[0], values[size + 1]]).toEqual([GUARD, GUARD])
        return values.slice(1, -1)
      }
      return { address, read }
    },
  }
}

const VARIANTS: [string, string][] = [
  ['plain', KERNEL_BASE64],
  ['relaxed', RELAXED_BASE64],
]
const PANEL = 8 * 512

describe.each(VARIANTS)('products and convolutions, %s', (name, base64) => {
  it('can be run here', () => {
    expect(WebAssembly.validate(bytesOf(base64))).toBe(true)
  })

  it.each([
    [1, 1, 1],
    [6, 5, 8],
    [7, 3, 9],
    [8, 600, 17],
    [9, 4, 7],
    [13, 520, 3],
    [29, 12, 24],
  ])('%i × %i × %i, whole, by columns and by rows', (m, k, n) => {
    const draws = random(1, name, m, k, n)
    const [a, b] = [m * k, k * n].map((size) => Float32Array.from({ length: size }, () => draws.normal())) as [
      Float32Array,
      Float32Array,
    ]
    const expected = new Float64Array(m * n)
    for (let i = 0; i < m; i++)
      for (let j = 0; j < n; j++)
        for (let p = 0; p < k; p++)
          expected[i * n + j] = (expected[i * n + j] as number) + (a[i * k + p] as number) * (b[p * n + j] as number)
    const results = [0, 1, 2].map((by) => {
      const { kernels, put, room } = variant(base64)
      const [from, with_, out, panel] = [put(a), put(b), room(m * n), put(new Float32Array(PANEL))]
      const units = [1, Math.ceil(n / 8), Math.ceil(m / 12)][by] as number
      for (let unit = units - 1; unit >= 0; unit--)
        kernels.product(from, k * 4, 4, with_, 0, out.address, m, k, n, 0, 0, 0, by, unit, unit + 1, panel)
      return out.read()
    })
    expect(distance(results[0] as Float32Array, expected)).toBeLessThan(CLOSE)
    expect(results[1]).toEqual(results[0])
    expect(results[2]).toEqual(results[0])
  })

  const specs: WindowSpec[] = [
    { x: [3, 9, 11, 4], filter: [3, 3], strides: [1, 1], pad: 'valid' },
    { x: [2, 5, 23, 3], filter: [2, 5], strides: [1, 2], pad: 'valid' },
    { x: [2, 8, 7, 1], filter: [1, 1], strides: [3, 3], pad: 'valid' },
    { x: [1, 4, 16, 9], filter: [4, 3], strides: [1, 1], pad: 'valid' },
  ]
  it.each(specs)('a convolution and its filter’s gradient, in parts: $x by $filter, strides $strides', (spec) => {
    const draws = random(1, name, JSON.stringify(spec))
    const [batch, height, width, inputs] = spec.x
    const [kh, kw] = spec.filter
    const [down, across] = spec.strides
    const { outHeight, outWidth, visits } = windows(spec)
    for (const outputs of [1, 8, 11]) {
      const draw = (size: number) => Float32Array.from({ length: size }, () => draws.normal())
      const [x, f] = [draw(batch * height * width * inputs), draw(kh * kw * inputs * outputs)]
      const dy = draw(batch * outHeight * outWidth * outputs)
      const [y, df] = [new Float64Array(dy.length), new Float64Array(f.length)]
      for (const { input, output, position } of visits)
        for (let i = 0; i < inputs; i++)
          for (let o = 0; o < outputs; o++) {
            const [image, weight, at] = [
              input * inputs + i,
              (position * inputs + i) * outputs + o,
              output * outputs + o,
            ]
            y[at] = (y[at] as number) + (x[image] as number) * (f[weight] as number)
            df[weight] = (df[weight] as number) + (x[image] as number) * (dy[at] as number)
          }
      const { kernels, put, room } = variant(base64)
      const panels = put(new Float32Array(kh * kw * inputs * Math.ceil(outputs / 8) * 8))
      const [image, filter, gradient, panel] = [put(x), put(f), put(dy), put(new Float32Array(PANEL))]
      const [out, sum] = [room(dy.length), room(f.length)]
      const [row, step, next] = [width * inputs * 4, across * inputs * 4, height * width * inputs * 4]
      kernels.pack(filter, panels, kh * kw * inputs, outputs)
      for (let b = 0; b < batch; b++) {
        const sizes = [down, kh, kw * inputs, outHeight, outWidth, outputs] as const
        kernels.convolve(image, panels, out.address, row, step, next, ...sizes, b, b + 1, panel)
      }
      for (let part = 0; part < Math.ceil(outputs / 8); part++) {
        const sizes = [down, kh, kw * inputs, batch, outHeight, outWidth, outputs] as const
        kernels.filterGradient(image, gradient, sum.address, row, step, next, ...sizes, part, part + 1, panel)
      }
      expect(distance(out.read(), y)).toBeLessThan(CLOSE)
      expect(distance(sum.read(), df)).toBeLessThan(CLOSE)
    }
  })
})
