/** What is held back of a dataset to check with, and what is trained on. */
import { TributaryError } from '../errors/error.ts'
import { random } from '../random/random.ts'
import { type Dataset, subset, valuesPerExample } from './dataset.ts'

/**
 * Splits the examples at random into validation (the nearest whole number to `validationFraction` of them, which may
 * be none) and training (the rest, at least one). Of examples that overlap the last are held back, and those are left out that share
 * values with them, or have one of these for an answer. The same dataset, fraction and seed give the same split. The dataset itself is
 * used up: its examples are put into another order where they lie, and both parts are views of them, so that nothing large is
 * held twice. A fraction outside [0, 1) is 'data/mismatch', a dataset without examples 'data/empty'.
 */
export function splitInPlace<D extends Dataset>(
  dataset: D,
  validationFraction: number,
  seed: number | string,
): { train: D; validation: D } {
  const { count } = dataset
  if (!(validationFraction >= 0 && validationFraction < 1)) {
    throw new TributaryError(
      'data/mismatch',
      `The validation fraction is ${validationFraction}. It must be at least 0 and below 1.`,
    )
  }
  if (count === 0) {
    throw new TributaryError('data/empty', 'The dataset has no examples to split. Choose data with at least one.')
  }
  const held = Math.min(count - 1, Math.round(count * validationFraction))
  if (dataset.starts) return splitInTwo(dataset, held)
  const order = random(seed, 'split').permutation(count)
  const { values, targets } = dataset
  reorder(values, order, valuesPerExample(dataset))
  if ('labels' in targets) reorder(targets.labels, order, 1)
  else reorder(targets.values, order, targets.outputs)
  return { train: part(dataset, held, count), validation: part(dataset, 0, held) }
}

/** Row i becomes what row order[i] was. Each row is moved once. */
function reorder(values: Dataset['values'], order: ArrayLike<number>, size: number): void {
  const moved = new Uint8Array(order.length)
  const first = values.slice(0, size)
  for (let start = 0; start < order.length; start++) {
    if (moved[start] === 1) continue
    first.set(values.subarray(start * size, (start + 1) * size))
    let to = start
    for (;;) {
      moved[to] = 1
      const from = order[to] as number
      if (from === start) break
      values.copyWithin(to * size, from * size, (from + 1) * size)
      to = from
    }
    values.set(first, to * size)
  }
}

/** The examples from one place up to another, where they lie. */
function part<D extends Dataset>(dataset: D, from: number, until: number): D {
  const { targets } = dataset
  const size = valuesPerExample(dataset)
  const of =
    'labels' in targets
      ? { ...targets, labels: targets.labels.subarray(from, until) }
      : { ...targets, values: targets.values.subarray(from * targets.outputs, until * targets.outputs) }
  return {
    ...dataset,
    count: until - from,
    values: dataset.values.subarray(from * size, until * size),
    targets: of,
  }
}

function splitInTwo<D extends Dataset>(dataset: D, held: number): { train: D; validation: D } {
  const { count, starts = new Int32Array(count) } = dataset
  const all = Uint32Array.from({ length: count }, (_, i) => i)
  const border = starts[count - held] ?? Number.POSITIVE_INFINITY
  const size = valuesPerExample(dataset)
  const before = all.subarray(0, count - held).filter((i) => (starts[i] as number) + size < border)
  // Of a text of a few words all examples overlap.
  const train = before.length > 0 ? before : all.subarray(0, count - held)
  return { train: subset(dataset, train), validation: subset(dataset, all.subarray(count - held)) }
}
