/** From a dataset's values and targets to those that a model is given, batch by batch. */
import { augmenter } from '../datasets/augment.ts'
import { type Dataset, type Targets, valuesAt, valuesPerExample } from '../datasets/dataset.ts'
import { random } from '../random/random.ts'

/** A time that training goes over all examples: what is varied in them follows from it, example by example. */
export interface Pass {
  /** The task's. */
  readonly seed: number
  readonly epoch: number
}

/** Writes the examples of these indices one after the other. */
export type Writer = (indices: ArrayLike<number>, to: Float32Array) => void

export function valueWriter(data: Dataset): Writer {
  const { values, scale, starts } = data
  const size = valuesPerExample(data)
  const startOf = (index: number) => (starts ? (starts[index] as number) : index * size)
  const { mean, std } = scale
  const plain = mean.every((m) => m === 0) && std.every((s) => s === 1)
  if (plain) {
    return (indices, to) => {
      for (let i = 0; i < indices.length; i++) {
        const from = startOf(indices[i] as number)
        to.set(values.subarray(from, from + size), i * size)
      }
    }
  }
  const last = data.shape.at(-1) ?? 1
  const period = Math.max(mean.length, std.length) === 1 ? 1 : last
  const means = Array.from({ length: period }, (_, c) => mean[mean.length === 1 ? 0 : c] as number)
  const spreads = Array.from({ length: period }, (_, c) => std[std.length === 1 ? 0 : c] as number)
  if (values instanceof Uint8Array) {
    // Of a byte there are 256 values: each is computed once.
    const table = Float32Array.from({ length: 256 * period }, (_, i) => {
      const c = i >> 8
      return ((i & 255) - (means[c] as number)) / (spreads[c] as number)
    })
    return (indices, to) => {
      for (let i = 0; i < indices.length; i++) {
        const from = startOf(indices[i] as number)
        const at = i * size
        for (let j = 0, c = 0; j < size; j++) {
          to[at + j] = table[(c << 8) | (values[from + j] as number)] as number
          if (++c === period) c = 0
        }
      }
    }
  }
  return (indices, to) => {
    for (let i = 0; i < indices.length; i++) {
      const from = startOf(indices[i] as number)
      const at = i * size
      for (let j = 0, c = 0; j < size; j++) {
        to[at + j] = ((values[from + j] as number) - (means[c] as number)) / (spreads[c] as number)
        if (++c === period) c = 0
      }
    }
  }
}

export function targetWriter(targets: Targets, width: number): Writer {
  if (!('labels' in targets)) {
    return (indices, to) => {
      for (let i = 0; i < indices.length; i++) {
        const from = (indices[i] as number) * width
        to.set(targets.values.subarray(from, from + width), i * width)
      }
    }
  }
  const { labels } = targets
  return (indices, to) => {
    to.fill(0)
    for (let i = 0; i < indices.length; i++) {
      const label = labels[indices[i] as number] as number
      if (width === 1) to[i] = label
      else to[i * width + label] = 1
    }
  }
}

/** As they are varied in a pass; null where they never are. */
export function variedWriter(
  data: Dataset,
): ((indices: ArrayLike<number>, to: Float32Array, pass: Pass) => void) | null {
  const { augment = [], shape, values } = data
  const [height = 1, width = 1, channels = 1] = shape
  if (augment.length === 0) return null
  const size = valuesPerExample(data)
  const picture = new Float32Array(size)
  const vary = augmenter(augment, { height, width, channels, full: values instanceof Uint8Array ? 255 : 1 })
  const writeOne = valueWriter({ ...data, count: 1, values: picture })
  return (indices, to, { seed, epoch }) => {
    for (let i = 0; i < indices.length; i++) {
      const index = indices[i] as number
      picture.set(valuesAt(data, index))
      vary(picture, random(seed, 'augment', epoch, index))
      writeOne([0], to.subarray(i * size, (i + 1) * size))
    }
  }
}
