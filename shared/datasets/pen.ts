/**
 * A pen that leaves an anti-aliased line of round cross-section on a small grey image. It only draws: what to draw,
 * and whose hand moves it, is decided elsewhere.
 */

/** A square grey image within `pixels`, from `offset` on, row by row; 0 is paper, 255 full ink. */
export interface Page {
  readonly pixels: Uint8Array
  readonly offset: number
  /** Pixels on a side. */
  readonly size: number
}

/**
 * Adds the segment (x0, y0)–(x1, y1), in pixels from the page's upper left corner. `radius` is half the line's width,
 * `ink` 0 to 255. Where lines cross, the darker one shows; what lies outside the page is lost.
 */
export function drawSegment(
  page: Page,
  x0: number,
  y0: number,
  x1: number,
  y1: number,
  radius: number,
  ink: number,
): void {
  const { pixels, offset, size } = page
  const reach = radius + 0.5
  const left = Math.max(0, Math.floor(Math.min(x0, x1) - reach))
  const right = Math.min(size - 1, Math.floor(Math.max(x0, x1) + reach))
  const top = Math.max(0, Math.floor(Math.min(y0, y1) - reach))
  const bottom = Math.min(size - 1, Math.floor(Math.max(y0, y1) + reach))
  const dx = x1 - x0
  const dy = y1 - y0
  const perLength = 1 / Math.max(dx * dx + dy * dy, 1e-9)
  for (let row = top; row <= bottom; row++) {
    const py = row + 0.5 - y0
    for (let column = left; column <= right; column++) {
      const px = column + 0.5 - x0
      const along = Math.min(1, Math.max(0, (px * dx + py * dy) * perLength))
      const ex = px - along * dx
      const ey = py - along * dy
      const coverage = Math.min(1, reach - Math.sqrt(ex * ex + ey * ey))
      if (coverage <= 0) continue
      const at = offset + row * size + column
      const value = Math.round(ink * coverage)
      if (value > (pixels[at] as number)) pixels[at] = value
    }
  }
}

/**
 * The smooth curve through `points` (x₀, y₀, x₁, y₁, …) as a polyline of `steps` segments per span: a cardinal spline
 * with tangents `roundness` × (next − previous) (0: straight lines, 0.5: Catmull and Rom 1974). Where a point is
 * given twice the tangent is zero on both sides, which makes a corner.
 */
export function smoothCurve(points: Float64Array, roundness: number, steps: number): Float64Array {
  const count = points.length / 2
  const curve = new Float64Array(((count - 1) * steps + 1) * 2)
  const x = (i: number): number => points[2 * Math.min(count - 1, Math.max(0, i))] as number
  const y = (i: number): number => points[2 * Math.min(count - 1, Math.max(0, i)) + 1] as number
  const isCorner = (i: number): boolean =>
    (i > 0 && x(i) === x(i - 1) && y(i) === y(i - 1)) || (i < count - 1 && x(i) === x(i + 1) && y(i) === y(i + 1))
  let at = 0
  for (let i = 0; i < count - 1; i++) {
    if (x(i) === x(i + 1) && y(i) === y(i + 1)) continue
    const start = isCorner(i) ? 0 : roundness
    const end = isCorner(i + 1) ? 0 : roundness
    for (let step = 0; step < steps; step++) {
      const t = step / steps
      const u = 1 - t
      // Hermite's basis; the curve at t = 0 is point i itself.
      const p0 = u * u * (1 + 2 * t)
      const p1 = t * t * (3 - 2 * t)
      const m0 = t * u * u * start
      const m1 = -t * t * u * end
      curve[at++] = p0 * x(i) + p1 * x(i + 1) + m0 * (x(i + 1) - x(i - 1)) + m1 * (x(i + 2) - x(i))
      curve[at++] = p0 * y(i) + p1 * y(i + 1) + m0 * (y(i + 1) - y(i - 1)) + m1 * (y(i + 2) - y(i))
    }
  }
  curve[at++] = x(count - 1)
  curve[at++] = y(count - 1)
  return curve.subarray(0, at)
}
