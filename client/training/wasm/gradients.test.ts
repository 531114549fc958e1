// The layers bring tfjs' gradients with them.
import '@tensorflow/tfjs-layers'
import '@tensorflow/tfjs-backend-cpu'
import '@tensorflow/tfjs-backend-wasm'
import * as tf from '@tensorflow/tfjs-core'
import { beforeAll, describe, expect, it } from 'vitest'
import { random } from '../../../shared/random/random.ts'
import { registerTrainingKernels } from './register.ts'
import { distance, type WindowSpec, windows } from './testing.ts'

/** Part of a gradient's largest magnitude. float32 sums of some thousand products are far below it. */
const CLOSE = 1e-5

let draws = random(1, 'gradients')
beforeAll(async () => {
  registerTrainingKernels()
  expect(await tf.setBackend('wasm')).toBe(true)
  expect(tf.getBackend()).toBe('wasm')
})

function normal(...shape: number[]): tf.Tensor {
  const size = shape.reduce((n, d) => n * d, 1)
  return tf.tensor(
    Float32Array.from({ length: size }, () => draws.normal()),
    shape,
  )
}

/** The gradients of Σ f(inputs)·dy, and that nothing is left behind (T1). */
async function gradients<Inputs extends tf.Tensor[]>(
  f: (...inputs: Inputs) => tf.Tensor,
  inputs: Inputs,
  dy: tf.Tensor,
) {
  const before = tf.memory().numTensors
  // What a kernel makes on its way is no tensor, but it has data.
  const { numDataIds } = tf.backend()
  const held = numDataIds.call(tf.backend())
  const all = tf.tidy(() => tf.grads((...xs) => f(...(xs as Inputs)))(inputs, dy))
  expect(tf.memory().numTensors).toBe(before + inputs.length)
  expect(numDataIds.call(tf.backend())).toBe(held + inputs.length)
  const values = await Promise.all(all.map((gradient) => gradient.data()))
  all.forEach((gradient, i) => expect(gradient.shape).toEqual(inputs[i]?.shape))
  tf.dispose(all)
  return values as ArrayLike<number>[]
}

const SHAPES: [name: string, spec: WindowSpec][] = [
  ['a layer of McMahan’s CNN, smaller', { x: [3, 9, 9, 8], filter: [5, 5], strides: [1, 1], pad: 'same' }],
  ['no padding', { x: [2, 8, 7, 3], filter: [3, 3], strides: [1, 1], pad: 'valid' }],
  ['one example, one channel', { x: [1, 6, 6, 1], filter: [3, 3], strides: [1, 1], pad: 'same' }],
  ['strides', { x: [2, 9, 8, 5], filter: [3, 3], strides: [2, 2], pad: 'same' }],
  ['strides that leave rows unread', { x: [2, 10, 9, 4], filter: [2, 2], strides: [3, 3], pad: 'valid' }],
  ['strides larger than the filter', { x: [2, 7, 7, 6], filter: [1, 1], strides: [2, 2], pad: 'same' }],
  ['unequal sides', { x: [4, 5, 11, 7], filter: [1, 4], strides: [1, 2], pad: 'same' }],
  ['an even filter', { x: [2, 6, 5, 4], filter: [4, 2], strides: [1, 1], pad: 'same' }],
]

describe('gradients on wasm against float64', () => {
  it.each(SHAPES)('conv2d: %s', async (name, spec) => {
    draws = random(name, 'conv2d')
    const [batch, , , inputs] = spec.x
    const outputs = 6
    const { outHeight, outWidth, visits } = windows(spec)
    const x = normal(...spec.x) as tf.Tensor4D
    const filter = normal(...spec.filter, inputs, outputs) as tf.Tensor4D
    const dy = normal(batch, outHeight, outWidth, outputs)
    const dx = new Float64Array(x.size)
    const df = new Float64Array(filter.size)
    const y = new Float64Array(dy.size)
    const [xs, fs, ds] = [x.dataSync(), filter.dataSync(), dy.dataSync()]
    for (const { input, output, position } of visits)
      for (let i = 0; i < inputs; i++)
        for (let o = 0; o < outputs; o++) {
          const weight = (position * inputs + i) * outputs + o
          const at = output * outputs + o
          y[at] = (y[at] as number) + (xs[input * inputs + i] as number) * (fs[weight] as number)
          const gradient = ds[output * outputs + o] as number
          dx[input * inputs + i] = (dx[input * inputs + i] as number) + gradient * (fs[weight] as number)
          df[weight] = (df[weight] as number) + gradient * (xs[input * inputs + i] as number)
        }
    const f = (a: tf.Tensor4D, b: tf.Tensor4D) => tf.conv2d(a, b, [...spec.strides], spec.pad)
    const bias = normal(outputs)
    const [values, biased] = tf.tidy(() => {
      const { strides, pad } = spec
      const fused = tf.fused.conv2d({ x, filter, strides: [...strides], pad, bias, activation: 'linear' })
      return [f(x, filter).dataSync(), tf.sub(fused, bias).dataSync()]
    })
    expect(distance(values, y)).toBeLessThan(CLOSE)
    expect(distance(biased, y)).toBeLessThan(CLOSE)
    bias.dispose()
    const [own, weights] = await gradients(f, [x, filter], dy)
    expect(distance(own ?? [], dx)).toBeLessThan(CLOSE)
    expect(distance(weights ?? [], df)).toBeLessThan(CLOSE)
    tf.dispose([x, filter, dy])
  })

  it.each([
    ['same', 1, [2, 4, 5, 6, 3], [3, 2, 3]],
    ['valid', 2, [2, 5, 6, 7, 4], [2, 3, 2]],
    ['same', 2, [1, 5, 4, 3, 1], [3, 3, 3]],
  ] as const)('conv3d, %s, strides of %i', async (pad, stride, shape, size) => {
    draws = random('conv3d', pad, stride)
    const [batch, depth, height, width, inputs] = shape
    const [kd, kh, kw] = size
    const outputs = 6
    const [x, filter] = [normal(...shape), normal(...size, inputs, outputs)] as [tf.Tensor5D, tf.Tensor5D]
    const info = tf.backend_util.computeConv3DInfo([...shape], filter.shape, stride, 1, pad)
    const dy = normal(...info.outShape)
    const { front, top, left } = info.padInfo
    const [dx, df, y] = [new Float64Array(x.size), new Float64Array(filter.size), new Float64Array(dy.size)]
    const [xs, fs, ds] = [x.dataSync(), filter.dataSync(), dy.dataSync()]
    const add = (to: Float64Array, at: number, value: number) => {
      to[at] = (to[at] as number) + value
    }
    const within = (at: number, below: number) => at >= 0 && at < below
    for (let at = 0; at < dy.size; at++) {
      const o = at % outputs
      const ow = Math.floor(at / outputs) % info.outWidth
      const oh = Math.floor(at / outputs / info.outWidth) % info.outHeight
      const od = Math.floor(at / outputs / info.outWidth / info.outHeight) % info.outDepth
      const b = Math.floor(at / outputs / info.outWidth / info.outHeight / info.outDepth)
      for (let k = 0; k < kd * kh * kw; k++) {
        const d = od * stride - front + Math.floor(k / kh / kw)
        const h = oh * stride - top + (Math.floor(k / kw) % kh)
        const w = ow * stride - left + (k % kw)
        if (b >= batch || !within(d, depth) || !within(h, height) || !within(w, width)) continue
        for (let i = 0; i < inputs; i++) {
          const [image, weight] = [
            (((b * depth + d) * height + h) * width + w) * inputs + i,
            (k * inputs + i) * outputs + o,
          ]
          add(y, at, (xs[image] as number) * (fs[weight] as number))
          add(dx, image, (ds[at] as number) * (fs[weight] as number))
          add(df, weight, (ds[at] as number) * (xs[image] as number))
        }
      }
    }
    const f = (a: tf.Tensor5D, b: tf.Tensor5D) => tf.conv3d(a, b, stride, pad)
    expect(
      distance(
        tf.tidy(() => f(x, filter).dataSync()),
        y,
      ),
    ).toBeLessThan(CLOSE)
    const [own, weights] = await gradients(f, [x, filter], dy)
    expect(distance(own ?? [], dx)).toBeLessThan(CLOSE)
    expect(distance(weights ?? [], df)).toBeLessThan(CLOSE)
    tf.dispose([x, filter, dy])
  })

  it('conv2d: what is not known here is tfjs’ own, with its bias once', () => {
    draws = random('conv2d', 'others')
    const [x, filter, bias] = [normal(2, 7, 6, 3), normal(3, 3, 3, 4), normal(4)] as [
      tf.Tensor4D,
      tf.Tensor4D,
      tf.Tensor,
    ]
    const given = { x, filter, strides: 1, pad: 'valid', dilations: 2, activation: 'linear' } as const
    const [plain, biased] = tf.tidy(() => [
      tf.conv2d(x, filter, 1, 'valid', 'NHWC', 2).dataSync(),
      tf.sub(tf.fused.conv2d({ ...given, bias }), bias).dataSync(),
    ])
    expect(distance(biased, plain)).toBeLessThan(CLOSE)
    tf.dispose([x, filter, bias])
  })

  it('conv2d: padding at one side alone, and more than a filter', async () => {
    draws = random('conv2d', 'sides')
    const [x, filter] = [normal(2, 5, 4, 3), normal(2, 2, 3, 4)] as [tf.Tensor4D, tf.Tensor4D]
    const cases = [
      {
        pad: [
          [0, 0],
          [0, 1],
          [1, 0],
          [0, 0],
        ],
        strides: 1,
        rounding: undefined,
      },
      {
        pad: [
          [0, 0],
          [0, 3],
          [0, 3],
          [0, 0],
        ],
        strides: 1,
        rounding: undefined,
      },
      {
        pad: [
          [0, 0],
          [3, 0],
          [3, 1],
          [0, 0],
        ],
        strides: 2,
        rounding: 'floor' as const,
      },
    ]
    for (const { pad, strides, rounding } of cases) {
      const given = pad as unknown as number
      const forward = () => tf.tidy(() => tf.conv2d(x, filter, strides, given, 'NHWC', 1, rounding).arraySync())
      const backward = () =>
        tf.tidy(() => {
          const shape = tf.conv2d(x, filter, strides, given, 'NHWC', 1, rounding).shape
          const inputs = { dy: tf.ones(shape), filter }
          const attrs = { inputShape: x.shape, strides: [strides, strides], pad: given, dataFormat: 'NHWC' }
          const more = rounding ? { dimRoundingMode: rounding } : {}
          return (
            tf.engine().runKernel('Conv2DBackpropInput', inputs, {
              ...attrs,
              ...more,
            } as unknown as tf.NamedAttrMap) as tf.Tensor
          ).arraySync()
        })
      const own = [forward(), backward()]
      await tf.setBackend('cpu')
      const expected = [forward(), backward()]
      await tf.setBackend('wasm')
      own.forEach((values, i) => {
        expect(distance((values as number[][][][]).flat(3), (expected[i] as number[][][][]).flat(3))).toBeLessThan(
          CLOSE,
        )
      })
    }
    tf.dispose([x, filter])
  })

  it.each(SHAPES.flatMap(([name, spec]) => [1, 3].map((m) => [name, m, spec] as const)))(
    'depthwise conv2d: %s, multiplier %i',
    async (name, multiplier, spec) => {
      draws = random(name, 'depthwise', multiplier)
      const [batch, , , channels] = spec.x
      const { outHeight, outWidth, visits } = windows(spec)
      const x = normal(...spec.x) as tf.Tensor4D
      const filter = normal(...spec.filter, channels, multiplier) as tf.Tensor4D
      const dy = normal(batch, outHeight, outWidth, channels * multiplier)
      const dx = new Float64Array(x.size)
      const df = new Float64Array(filter.size)
      const [xs, fs, ds] = [x.dataSync(), filter.dataSync(), dy.dataSync()]
      for (const { input, output, position } of visits)
        for (let c = 0; c < channels; c++)
          for (let q = 0; q < multiplier; q++) {
            const weight = (position * channels + c) * multiplier + q
            const gradient = ds[(output * channels + c) * multiplier + q] as number
            dx[input * channels + c] = (dx[input * channels + c] as number) + gradient * (fs[weight] as number)
            df[weight] = (df[weight] as number) + gradient * (xs[input * channels + c] as number)
          }
      const { strides, pad } = spec
      const f = (a: tf.Tensor4D, b: tf.Tensor4D) => tf.depthwiseConv2d(a, b, [...strides], pad)
      const [own, weights] = await gradients(f, [x, filter], dy)
      expect(distance(own ?? [], dx)).toBeLessThan(CLOSE)
      expect(distance(weights ?? [], df)).toBeLessThan(CLOSE)
      tf.dispose([x, filter, dy])
    },
  )

  it.each(SHAPES)('max pooling: %s, the first of equals', async (name, spec) => {
    draws = random(name, 'pool')
    const [batch, , , channels] = spec.x
    const { outHeight, outWidth, visits } = windows(spec)
    // Whole numbers, so that many windows have their maximum more than once.
    const x = tf.tidy(() => tf.round(normal(...spec.x))) as tf.Tensor4D
    const dy = normal(batch, outHeight, outWidth, channels)
    const [xs, ds] = [x.dataSync(), dy.dataSync()]
    const most = new Float64Array(dy.size).fill(Number.NEGATIVE_INFINITY)
    const where = new Int32Array(dy.size)
    for (const { input, output } of visits)
      for (let c = 0; c < channels; c++) {
        const value = xs[input * channels + c] as number
        if (value <= (most[output * channels + c] as number)) continue
        most[output * channels + c] = value
        where[output * channels + c] = input * channels + c
      }
    const dx = new Float64Array(x.size)
    where.forEach((at, o) => {
      dx[at] = (dx[at] as number) + (ds[o] as number)
    })
    const f = (a: tf.Tensor4D) => tf.maxPool(a, [...spec.filter], [...spec.strides], spec.pad)
    const [own] = await gradients(f, [x], dy)
    expect(distance(own ?? [], dx)).toBeLessThan(CLOSE)
    tf.dispose([x, dy])
  })

  const sizes = [
    [1, 1, 1],
    [32, 784, 200],
    [3, 5, 700],
    [700, 5, 3],
    [5, 700, 3],
    [33, 17, 65],
    // Each rest of columns, and more rows than are copied at a time.
    [4, 1030, 5],
    [6, 513, 14],
    [9, 1, 7],
  ] as const
  it.each(sizes.flatMap(([m, k, n]) => [0, 1, 2, 3].map((flags) => [m, k, n, flags] as const)))(
    'a matrix product of %i × %i × %i, transposed as %i says, and its gradients',
    async (m, k, n, flags) => {
      draws = random('matmul', 'sizes', m, k, n, flags)
      const [turnA, turnB] = [(flags & 1) === 1, (flags & 2) === 2]
      const a = normal(...(turnA ? [k, m] : [m, k])) as tf.Tensor2D
      const b = normal(...(turnB ? [n, k] : [k, n])) as tf.Tensor2D
      const dy = normal(m, n)
      const [as, bs, ds] = [a.dataSync(), b.dataSync(), dy.dataSync()]
      const product = new Float64Array(m * n)
      const da = new Float64Array(a.size)
      const db = new Float64Array(b.size)
      for (let i = 0; i < m; i++)
        for (let l = 0; l < k; l++)
          for (let j = 0; j < n; j++) {
            const [at, bt] = [turnA ? l * m + i : i * k + l, turnB ? j * k + l : l * n + j]
            product[i * n + j] = (product[i * n + j] as number) + (as[at] as number) * (bs[bt] as number)
            da[at] = (da[at] as number) + (ds[i * n + j] as number) * (bs[bt] as number)
            db[bt] = (db[bt] as number) + (ds[i * n + j] as number) * (as[at] as number)
          }
      const f = (x: tf.Tensor2D, y: tf.Tensor2D) => tf.matMul(x, y, turnA, turnB)
      const forward = f(a, b)
      expect(forward.shape).toEqual([m, n])
      expect(distance(forward.dataSync(), product)).toBeLessThan(CLOSE)
      const [ga, gb] = await gradients(f, [a, b], dy)
      expect(distance(ga ?? [], da)).toBeLessThan(CLOSE)
      expect(distance(gb ?? [], db)).toBeLessThan(CLOSE)
      tf.dispose([a, b, dy, forward])
    },
  )

  it('a gradient that is read in two shapes', () => {
    draws = random('matmul', 'two shapes')
    const [x, u, y, v] = [normal(32, 5), normal(5, 240), normal(256, 4), normal(4, 30)] as tf.Tensor2D[]
    const f = (a: tf.Tensor, b: tf.Tensor) =>
      tf.add(
        tf.reshape(tf.matMul(x as tf.Tensor2D, a as tf.Tensor2D), [32, 8, 30]),
        tf.reshape(tf.matMul(y as tf.Tensor2D, b as tf.Tensor2D), [32, 8, 30]),
      )
    const dy = normal(32, 8, 30)
    for (let repeat = 0; repeat < 3; repeat++) {
      const [du, dv] = tf.tidy(() => tf.grads(f)([u as tf.Tensor, v as tf.Tensor], dy))
      const right = (a: tf.Tensor, rows: number, width: number) =>
        tf.tidy(() => tf.matMul(tf.transpose(a), tf.reshape(tf.clone(dy), [rows, width])).dataSync())
      expect(distance(du?.dataSync() ?? [], right(x as tf.Tensor, 32, 240))).toBeLessThan(CLOSE)
      expect(distance(dv?.dataSync() ?? [], right(y as tf.Tensor, 256, 30))).toBeLessThan(CLOSE)
      tf.dispose([du, dv])
    }
    tf.dispose([x, u, y, v, dy])
  })

  it('refuse what tfjs computes wrongly, and what makes no sense', () => {
    const x = normal(1, 2, 2, 2, 1) as tf.Tensor5D
    expect(() => tf.maxPool3d(x, 2, 2, 'valid')).toThrow(/MaxPool3D/)
    const whole = tf.tensor2d([[1], [2]], [2, 1], 'int32')
    expect(() => tf.unsortedSegmentSum(whole, tf.tensor1d([0, 1], 'int32'), 2)).toThrow('segments of int32')
    expect(() => tf.matMul(normal(2, 3) as tf.Tensor2D, normal(2, 4) as tf.Tensor2D, false, true)).toThrow(/inner/i)
  })

  it.each([
    [3, 3],
    [1, 3],
    [3, 1],
  ])('products of %i matrices and %i, transposed', (countA, countB) => {
    draws = random('matmul', 'batches', countA, countB)
    const [a, b] = [normal(countA, 4, 5), normal(countB, 6, 5)]
    const own = tf.matMul(a, b, false, true)
    const [as, bs] = [a.dataSync(), b.dataSync()]
    const expected = new Float64Array(3 * 4 * 6)
    for (let at = 0; at < expected.length; at++) {
      const [batch, i, j] = [Math.floor(at / 24), Math.floor(at / 6) % 4, at % 6]
      const [rowA, rowB] = [(batch % countA) * 4 + i, (batch % countB) * 6 + j]
      for (let k = 0; k < 5; k++) {
        expected[at] = (expected[at] as number) + (as[rowA * 5 + k] as number) * (bs[rowB * 5 + k] as number)
      }
    }
    expect(own.shape).toEqual([3, 4, 6])
    expect(distance(own.dataSync(), expected)).toBeLessThan(CLOSE)
    tf.dispose([a, b, own])
  })

  const reductions: [shape: number[], axes: number[]][] = [
    [[7, 5], [0]],
    [[300, 37], [0]],
    [
      [4, 9, 9, 16],
      [0, 1, 2],
    ],
    [
      [4, 9, 9, 16],
      [2, 0, 1],
    ],
    [
      [2, 3, 4, 5],
      [0, 1],
    ],
    [
      [2, 3, 4, 5],
      [1, 2],
    ],
    [[2, 3, 4, 5], [-1]],
    [[2, 3, 1], [0]],
    [
      [3, 4],
      [0, 1],
    ],
  ]
  it.each(reductions.flatMap(([shape, axes]) => [false, true].map((kept) => [shape, axes, kept] as const)))(
    'sums and means of %j over %j, kept as dimensions: %s',
    (shape, axes, kept) => {
      draws = random(shape.length, 'reductions')
      const x = normal(...shape)
      const xs = x.dataSync()
      const reduced = shape.map((_, axis) => axes.some((a) => (a + shape.length) % shape.length === axis))
      const outer = shape.map((d, axis) => (reduced[axis] ? 1 : d))
      const expected = new Float64Array(outer.reduce((n, d) => n * d, 1))
      xs.forEach((value, at) => {
        let to = 0
        let rest = at
        let stride = 1
        for (let axis = shape.length - 1; axis >= 0; axis--) {
          const index = rest % (shape[axis] as number)
          rest = (rest - index) / (shape[axis] as number)
          if (!reduced[axis]) {
            to += index * stride
            stride *= shape[axis] as number
          }
        }
        expected[to] = (expected[to] as number) + value
      })
      const count = x.size / expected.length
      const [sum, mean] = [tf.sum(x, axes, kept), tf.mean(x, axes, kept)]
      for (const own of [sum, mean]) expect(own.shape).toEqual(kept ? outer : outer.filter((_, axis) => !reduced[axis]))
      expect(distance(sum.dataSync(), expected)).toBeLessThan(CLOSE)
      expect(
        distance(
          mean.dataSync(),
          expected.map((value) => value / count),
        ),
      ).toBeLessThan(CLOSE)
      tf.dispose([x, sum, mean])
    },
  )

  it('a change of type is one, and none is a copy', () => {
    const x = tf.tensor([-1.5, 0, 2.5])
    const [same, whole] = [tf.cast(x, 'float32'), tf.cast(x, 'int32')]
    x.dispose()
    expect([same, whole].map((t) => Array.from(t.dataSync()))).toEqual([
      [-1.5, 0, 2.5],
      [-1, 0, 2],
    ])
    tf.dispose([same, whole])
  })

  it('a dense layer with nothing but a bias', () => {
    draws = random('fused', 'bias')
    const [x, kernel, bias] = [normal(5, 6), normal(6, 7), normal(7)] as [tf.Tensor2D, tf.Tensor2D, tf.Tensor1D]
    const ids = tf.backend().numDataIds()
    const own = tf.fused.matMul({ a: x, b: kernel, bias, activation: 'linear' })
    const apart = tf.tidy(() => tf.add(tf.matMul(x, kernel), bias))
    expect(Array.from(own.dataSync())).toEqual(Array.from(apart.dataSync()))
    tf.dispose([own, apart])
    expect(tf.backend().numDataIds()).toBe(ids)
    tf.dispose([x, kernel, bias])
  })

  it('a copy is the same data, for as long as one of the two is there', () => {
    const x = tf.tensor([1, 2, 3])
    const copy = tf.clone(x)
    x.dispose()
    expect(Array.from(copy.dataSync())).toEqual([1, 2, 3])
    const ids = tf.backend().numDataIds()
    copy.dispose()
    expect(tf.backend().numDataIds()).toBe(ids - 1)
  })

  it.each([1, 3, 4, 30])('rows of %i gathered by index, some of them often', async (width) => {
    draws = random('gather', 'rows', width)
    const table = normal(7, width)
    const indices = Int32Array.from({ length: 40 }, () => draws.int(6))
    const dy = normal(8, 5, width)
    const ds = dy.dataSync()
    const expected = new Float64Array(table.size)
    indices.forEach((row, i) => {
      for (let j = 0; j < width; j++)
        expected[row * width + j] = (expected[row * width + j] as number) + (ds[i * width + j] as number)
    })
    const ids = tf.tensor(indices, [8, 5], 'int32')
    const [own] = await gradients((t: tf.Tensor) => tf.gather(t, ids), [table], dy)
    expect(distance(own ?? [], expected)).toBeLessThan(CLOSE)
    tf.dispose([table, dy, ids])
  })
})
