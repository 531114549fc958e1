/** Slopes by central differences, in float64: of what `of` gives, by each of the values, which are as they were afterwards. */
export function slopes(values: Float64Array, of: () => number): Float64Array {
  const step = 1e-5
  return values.map((value, i) => {
    values[i] = value + step
    const above = of()
    values[i] = value - step
    const below = of()
    values[i] = value
    return (above - below) / (2 * step)
  })
}
