/** What each kind of layer computes in training, in float64, from its Keras JSON. */
import { activate, softmax } from './activations.ts'
import { type Array64, array64, at, build, map, mapRows, plusRow, reshape, sizeOf, times } from './array64.ts'
import { isRecurrent, type RecurrentConfig, recurrent } from './recurrent.ts'
import { convolution, depthwise, mean, most, pooled, transposed, type Window } from './windows.ts'

// biome-ignore lint/suspicious/noExplicitAny: a layer's JSON, each kind's its own
type Config = any
export interface Seen {
  readonly inputs: readonly Array64[]
  readonly weights: readonly Array64[]
  readonly config: Config
  /** 0 or more for each element, for layers that draw. */
  readonly mask: (size: number, config: Config) => ArrayLike<number>
}
type Compute = (seen: Seen) => Array64

const own = ({ inputs: [x] }: Seen) => x as Array64
const window = ({ kernel_size, pool_size, strides, padding = 'valid' }: Config): Window => {
  const size = kernel_size ?? pool_size ?? [2, 2]
  return { size, strides: strides ?? (pool_size ? size : [1, 1]), padding }
}
/** Of one dimension, as images of height 1. */
const asImage = (x: Array64) => reshape(x, [x.shape[0] as number, 1, ...x.shape.slice(1)])
const asSequence = (x: Array64) => reshape(x, [x.shape[0] as number, ...x.shape.slice(2)])
const flatWindow = ({ kernel_size, pool_size, strides, padding }: Config): Window => {
  const size = (kernel_size ?? pool_size) as [number]
  return window({
    [kernel_size ? 'kernel_size' : 'pool_size']: [1, size[0]],
    strides: strides && [1, strides[0]],
    padding,
  })
}
const finish = (x: Array64, bias: Array64 | undefined, { activation = 'linear' }: Config) =>
  activate(plusRow(x, bias), activation)
const elementwise =
  (f: (a: number, b: number) => number): Compute =>
  ({ inputs }) =>
    inputs.reduce((a, b) => map(a, (value, i) => f(value, b.data[i] as number)))

/** Over all places of each channel: the last axis stays. */
function overPlaces(x: Array64, of: (values: number[]) => number): Array64 {
  const [batch, channels] = [x.shape[0] as number, x.shape.at(-1) as number]
  const places = sizeOf(x.shape) / batch / channels
  return build([batch, channels], (b, c) =>
    of(
      Array.from(
        { length: places },
        (_, p) => x.data[((b as number) * places + p) * channels + (c as number)] as number,
      ),
    ),
  )
}

function attention({ inputs, weights, config, mask }: Seen): Array64 {
  const [query, value = query, key = value] = inputs as [Array64, Array64?, Array64?]
  const { num_heads: heads, key_dim, value_dim = key_dim, causal, dropout = 0, use_bias = true } = config
  const at_ = (i: number) => weights[use_bias ? 2 * i : i] as Array64
  const bias = (i: number) => (use_bias ? (weights[2 * i + 1] as Array64) : undefined)
  // In the order in which the layer makes them.
  const project = (x: Array64, i: number) => {
    const kernel = at_(i)
    return plusRow(times(x, reshape(kernel, [kernel.shape[0] as number, sizeOf(kernel.shape.slice(1))])), bias(i))
  }
  const [q, k, v] = [project(query, 0), project(key, 1), project(value, 2)]
  const [batch, time] = query.shape as [number, number]
  const places = value.shape[1] as number
  const scores = build([batch, heads, time, places], (b, h, t, p) => {
    if (causal && (p as number) > (t as number)) return -1e9
    let sum = 0
    for (let i = 0; i < key_dim; i++) {
      const column = (h as number) * key_dim + i
      sum += at(q, b as number, t as number, column) * at(k, b as number, p as number, column)
    }
    return sum / Math.sqrt(key_dim)
  })
  const drawn = dropout > 0 ? mask(scores.data.length, { rate: dropout }) : null
  const shares = map(mapRows(scores, softmax), (share, i) => share * (drawn ? (drawn[i] as number) : 1))
  const seen = build([batch, time, heads * value_dim], (b, t, column) => {
    const head = Math.floor((column as number) / value_dim)
    let sum = 0
    for (let p = 0; p < places; p++)
      sum += at(shares, b as number, head, t as number, p) * at(v, b as number, p, column as number)
    return sum
  })
  const output = at_(3)
  return plusRow(times(seen, reshape(output, [heads * value_dim, output.shape[2] as number])), bias(3))
}

/** Statistics over the groups that `groupOf` tells apart. */
function normalised(x: Array64, groups: number, groupOf: (at: number) => number, epsilon: number): Array64 {
  const count = x.data.length / groups
  const means = new Float64Array(groups)
  const variances = new Float64Array(groups)
  x.data.forEach((value, i) => {
    means[groupOf(i)] = (means[groupOf(i)] as number) + value / count
  })
  x.data.forEach((value, i) => {
    variances[groupOf(i)] = (variances[groupOf(i)] as number) + (value - (means[groupOf(i)] as number)) ** 2 / count
  })
  return map(
    x,
    (value, i) => (value - (means[groupOf(i)] as number)) / Math.sqrt((variances[groupOf(i)] as number) + epsilon),
  )
}

/** `placeOf`: which element of the scale and the centre belongs to an element of x. */
function scaled(
  x: Array64,
  weights: readonly Array64[],
  { scale = true, center = true }: Config,
  placeOf: (at: number) => number,
): Array64 {
  const gamma = scale ? weights[0]?.data : undefined
  const beta = center ? weights[scale ? 1 : 0]?.data : undefined
  return map(x, (value, i) => value * (gamma?.[placeOf(i)] ?? 1) + (beta?.[placeOf(i)] ?? 0))
}

const dropped: Compute = (seen) => {
  const x = own(seen)
  const [batch, channels] = [x.shape[0] as number, x.shape.at(-1) as number]
  // SpatialDropout1D drops whole channels of [batch, time, channels].
  const whole = seen.config.name.startsWith('spatial')
  const mask = seen.mask(whole ? batch * channels : x.data.length, seen.config)
  const perExample = x.data.length / batch
  return map(x, (value, i) => {
    const drawn = whole ? Math.floor(i / perExample) * channels + (i % channels) : i
    return value * (mask[drawn] as number)
  })
}

export const LAYERS: Readonly<Record<string, Compute>> = {
  Dense: (seen) => finish(times(own(seen), seen.weights[0] as Array64), seen.weights[1], seen.config),
  Conv2D: (seen) =>
    finish(convolution(own(seen), seen.weights[0] as Array64, window(seen.config)), seen.weights[1], seen.config),
  Conv1D: (seen) => {
    const out = convolution(asImage(own(seen)), asFilter(seen.weights[0] as Array64), flatWindow(seen.config))
    return finish(asSequence(out), seen.weights[1], seen.config)
  },
  Conv2DTranspose: (seen) =>
    finish(transposed(own(seen), seen.weights[0] as Array64, window(seen.config)), seen.weights[1], seen.config),
  DepthwiseConv2D: (seen) =>
    finish(depthwise(own(seen), seen.weights[0] as Array64, window(seen.config)), seen.weights[1], seen.config),
  SeparableConv2D: (seen) => {
    const [depth, point, bias] = seen.weights as [Array64, Array64, Array64?]
    const between = depthwise(own(seen), depth, window(seen.config))
    return finish(convolution(between, point, window({ kernel_size: [1, 1] })), bias, seen.config)
  },
  MaxPooling2D: (seen) => pooled(own(seen), window(seen.config), most),
  AveragePooling2D: (seen) => pooled(own(seen), window(seen.config), mean),
  MaxPooling1D: (seen) => asSequence(pooled(asImage(own(seen)), flatWindow(seen.config), most)),
  AveragePooling1D: (seen) => asSequence(pooled(asImage(own(seen)), flatWindow(seen.config), mean)),
  GlobalMaxPooling1D: (seen) => overPlaces(own(seen), most),
  GlobalMaxPooling2D: (seen) => overPlaces(own(seen), most),
  GlobalAveragePooling1D: (seen) => overPlaces(own(seen), mean),
  GlobalAveragePooling2D: (seen) => overPlaces(own(seen), mean),
  BatchNormalization: (seen) => {
    const x = own(seen)
    const { axis = -1, epsilon = 1e-3, trainable = true, scale = true, center = true } = seen.config
    const along = axis < 0 ? axis + x.shape.length : axis
    const inner = sizeOf(x.shape.slice(along + 1))
    const size = x.shape[along] as number
    const groupOf = (i: number) => Math.floor(i / inner) % size
    const moments = seen.weights.slice(Number(scale) + Number(center))
    const normal = trainable
      ? normalised(x, size, groupOf, epsilon)
      : map(x, (value, i) => {
          const [mean, variance] = moments.map(({ data }) => data[groupOf(i)]) as [number, number]
          return (value - mean) / Math.sqrt(variance + epsilon)
        })
    return scaled(normal, seen.weights, seen.config, groupOf)
  },
  LayerNormalization: (seen) => {
    const x = own(seen)
    const { axis = [-1], epsilon = 1e-3 } = seen.config
    const from = Math.min(...[axis].flat().map((a: number) => (a < 0 ? a + x.shape.length : a)))
    // Over the last axes, all of them from one on.
    const width = sizeOf(x.shape.slice(from))
    const normal = normalised(x, x.data.length / width, (i) => Math.floor(i / width), epsilon)
    return scaled(normal, seen.weights, seen.config, (i) => i % width)
  },
  Dropout: dropped,
  SpatialDropout1D: dropped,
  Embedding: (seen) => {
    const [x, table] = [own(seen), seen.weights[0] as Array64]
    const width = table.shape[1] as number
    return build([...x.shape, width], (...place) => at(table, at(x, ...place.slice(0, -1)), place.at(-1) as number))
  },
  Bidirectional: (seen) => {
    const { class_name, config } = seen.config.layer as { class_name: string; config: RecurrentConfig }
    const half = seen.weights.length / 2
    const run = (weights: readonly Array64[], backwards: boolean) =>
      recurrent(class_name, own(seen), weights, { ...config, go_backwards: backwards })
    const [there, back] = [run(seen.weights.slice(0, half), false), run(seen.weights.slice(half), true)]
    const length = back.shape[1] as number
    const turned = config.return_sequences
      ? build(back.shape, (b, t, i) => at(back, b as number, length - 1 - (t as number), i as number))
      : back
    return concatenated([there, turned])
  },
  Flatten: (seen) => reshape(own(seen), [own(seen).shape[0] as number, sizeOf(own(seen).shape.slice(1))]),
  Reshape: (seen) => reshape(own(seen), [own(seen).shape[0] as number, ...seen.config.target_shape]),
  Concatenate: ({ inputs }) => concatenated(inputs),
  Add: elementwise((a, b) => a + b),
  Multiply: elementwise((a, b) => a * b),
  Activation: (seen) => activate(own(seen), seen.config.activation),
  ReLU: (seen) => activate(own(seen), 'relu'),
  ELU: (seen) => activate(own(seen), 'elu'),
  LeakyReLU: (seen) => map(own(seen), (x) => (x > 0 ? x : (seen.config.alpha ?? 0.3) * x)),
  PReLU: (seen) => {
    const alpha = (seen.weights[0] as Array64).data
    return map(own(seen), (x, i) => (x > 0 ? x : (alpha[i % alpha.length] as number) * x))
  },
  Softmax: (seen) => activate(own(seen), 'softmax'),
  UpSampling2D: (seen) => {
    const x = own(seen)
    const [rows, columns] = (seen.config.size ?? [2, 2]) as [number, number]
    const [batch, height, width, channels] = x.shape as [number, number, number, number]
    return build([batch, height * rows, width * columns, channels], (b, h, w, c) =>
      at(x, b as number, Math.floor((h as number) / rows), Math.floor((w as number) / columns), c as number),
    )
  },
  ZeroPadding2D: (seen) => {
    const x = own(seen)
    const [[top, bottom], [left, right]] = seen.config.padding as [[number, number], [number, number]]
    const [batch, height, width, channels] = x.shape as [number, number, number, number]
    return build([batch, top + height + bottom, left + width + right, channels], (b, h, w, c) => {
      const [row, column] = [(h as number) - top, (w as number) - left]
      const inside = row >= 0 && row < height && column >= 0 && column < width
      return inside ? at(x, b as number, row, column, c as number) : 0
    })
  },
  MultiHeadAttention: attention,
  PositionEmbedding: (seen) => plusRow(own(seen), seen.weights[0]),
}

export function computed(kind: string, seen: Seen): Array64 {
  if (isRecurrent(kind)) return recurrent(kind, own(seen), seen.weights, seen.config)
  const compute = LAYERS[kind]
  if (!compute) throw new Error(`The reference has no layer ${kind}.`)
  return compute(seen)
}

const asFilter = (filter: Array64) => array64([1, ...filter.shape], filter.data)

function concatenated(parts: readonly Array64[]): Array64 {
  const rows = sizeOf((parts[0] as Array64).shape.slice(0, -1))
  const widths = parts.map(({ shape }) => shape.at(-1) as number)
  const data: number[] = []
  for (let row = 0; row < rows; row++)
    parts.forEach((part, i) => {
      const width = widths[i] as number
      data.push(...part.data.subarray(row * width, (row + 1) * width))
    })
  return array64([...(parts[0] as Array64).shape.slice(0, -1), widths.reduce((a, b) => a + b, 0)], data)
}
