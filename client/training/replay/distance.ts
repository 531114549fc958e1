/** The largest magnitude. */
export function largest(values: Float32Array): number {
  let most = 0
  for (const value of values) most = Math.max(most, Math.abs(value))
  return most
}

/** The largest difference of two elements at the same place; infinite where one of them is not finite. */
export function furthest(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let most = 0
  for (let i = 0; i < a.length; i++) {
    const difference = Math.abs((a[i] as number) - (b[i] as number))
    if (!(difference < Number.POSITIVE_INFINITY)) return Number.POSITIVE_INFINITY
    if (difference > most) most = difference
  }
  return most
}
