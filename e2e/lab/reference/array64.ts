/** Arrays of float64, and the few things that the reference does with them. All by definition, none of it fast. */

export interface Array64 {
  readonly shape: readonly number[]
  readonly data: Float64Array
}

export const sizeOf = (shape: readonly number[]) => shape.reduce((n, d) => n * d, 1)

export function array64(shape: readonly number[], data: ArrayLike<number>): Array64 {
  if (sizeOf(shape) !== data.length) throw new Error(`${data.length} values are not [${shape.join(', ')}].`)
  return { shape, data: Float64Array.from(data) }
}

/** Each element by its place. */
export function build(shape: readonly number[], value: (...place: number[]) => number): Array64 {
  const place = shape.map(() => 0)
  const data = new Float64Array(sizeOf(shape))
  for (let at = 0; at < data.length; at++) {
    let rest = at
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      const d = shape[axis] as number
      place[axis] = rest % d
      rest = (rest - (place[axis] as number)) / d
    }
    data[at] = value(...place)
  }
  return { shape, data }
}

export function at({ shape, data }: Array64, ...place: number[]): number {
  return data[place.reduce((offset, p, axis) => offset * (shape[axis] as number) + p, 0)] as number
}

export function map(x: Array64, f: (value: number, at: number) => number): Array64 {
  return { shape: x.shape, data: x.data.map((value, i) => f(value, i)) }
}

export function reshape(x: Array64, shape: readonly number[]): Array64 {
  return array64(shape, x.data)
}

/** Rows of the last axis, each changed by itself; their length may change. */
export function mapRows(x: Array64, f: (row: Float64Array) => ArrayLike<number>): Array64 {
  const width = x.shape.at(-1) as number
  const rows = Array.from({ length: x.data.length / width }, (_, i) => f(x.data.subarray(i * width, (i + 1) * width)))
  const out = rows[0]?.length ?? 0
  return array64(
    [...x.shape.slice(0, -1), out],
    rows.flatMap((row) => Array.from(row)),
  )
}

/** [..., n] × [n, m]. */
export function times(x: Array64, matrix: Array64): Array64 {
  const [n, m] = matrix.shape as [number, number]
  return mapRows(x, (row) =>
    Float64Array.from({ length: m }, (_, j) => {
      let sum = 0
      for (let i = 0; i < n; i++) sum += (row[i] as number) * (matrix.data[i * m + j] as number)
      return sum
    }),
  )
}

/** A vector added to each row of the last axis. */
export function plusRow(x: Array64, row: Array64 | undefined): Array64 {
  return row ? map(x, (value, i) => value + (row.data[i % row.data.length] as number)) : x
}
