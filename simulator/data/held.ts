/** Examples in memory that threads share: they are there once, however many threads and clients there are. */
import type { Dataset } from '../../shared/datasets/dataset.ts'

type Whole = Uint8Array | Int32Array | Uint32Array | Float32Array

export function heldOnce(dataset: Dataset): Dataset {
  const { values, targets, starts } = dataset
  return {
    ...dataset,
    values: shared(values),
    targets:
      'labels' in targets
        ? { ...targets, labels: shared(targets.labels) }
        : { ...targets, values: shared(targets.values) },
    ...(starts && { starts: shared(starts) }),
  }
}

export function shared<A extends Whole>(array: A): A {
  const copy = new (array.constructor as new (buffer: SharedArrayBuffer) => A)(new SharedArrayBuffer(array.byteLength))
  copy.set(array)
  return copy
}
