/**
 * A drawing as the model expects it, made the way MNIST's were: the ink scaled into a box of 20/28 of
 * the image, then shifted until its centre of mass is the image's. Strokes are rasterised from their
 * points rather than read back from a canvas: some browsers blur what a page reads from one.
 */
export interface Point {
  readonly x: number
  readonly y: number
}
/** Points in units of the pad's side, 0 to 1. */
export type Stroke = readonly Point[]

const BOX = 20 / 28
/** Half a pen's width in the image, in pixels: about what MNIST's scans have. */
const PEN_RADIUS = 1.25
/** Ink smaller than this part of the pad is a dot, and not blown up to a blot. */
const SMALLEST = 0.12

/** Grey pixels, 0 (paper) to 255 (ink), row by row; null where there is no ink. */
export function asImage(strokes: readonly Stroke[], width: number, height: number): Uint8Array | null {
  const points = strokes.flat()
  if (points.length === 0) return null
  const xs = points.map((p) => p.x)
  const ys = points.map((p) => p.y)
  const [left, right, top, bottom] = [Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)]
  const box = BOX * Math.min(width, height) - 2 * PEN_RADIUS
  const scale = box / Math.max(right - left, bottom - top, SMALLEST)
  const middle = { x: (left + right) / 2, y: (top + bottom) / 2 }
  const scaled = strokes.map((stroke) =>
    stroke.map((p) => ({ x: (p.x - middle.x) * scale + width / 2, y: (p.y - middle.y) * scale + height / 2 })),
  )
  const centre = centreOfMass(rasterise(scaled, width, height), width, height)
  const shift = { x: width / 2 - centre.x, y: height / 2 - centre.y }
  return rasterise(
    scaled.map((stroke) => stroke.map((p) => ({ x: p.x + shift.x, y: p.y + shift.y }))),
    width,
    height,
  )
}

/** In pixels; the middle of the first pixel is (0.5, 0.5). */
export function centreOfMass(pixels: Uint8Array, width: number, height: number): Point {
  let mass = 0
  let x = 0
  let y = 0
  pixels.forEach((value, i) => {
    mass += value
    x += value * ((i % width) + 0.5)
    y += value * (Math.floor(i / width) + 0.5)
  })
  return mass === 0 ? { x: width / 2, y: height / 2 } : { x: x / mass, y: y / mass }
}

/** Each pixel's ink is its distance from the nearest stroke, soft over one pixel at the edge. */
function rasterise(strokes: readonly Stroke[], width: number, height: number): Uint8Array {
  const pixels = new Uint8Array(width * height)
  for (const stroke of strokes) {
    stroke.forEach((to, i) => {
      const from = stroke[i - 1] ?? to
      const reach = PEN_RADIUS + 1
      const firstRow = Math.max(0, Math.floor(Math.min(from.y, to.y) - reach))
      const lastRow = Math.min(height - 1, Math.ceil(Math.max(from.y, to.y) + reach))
      const firstColumn = Math.max(0, Math.floor(Math.min(from.x, to.x) - reach))
      const lastColumn = Math.min(width - 1, Math.ceil(Math.max(from.x, to.x) + reach))
      for (let row = firstRow; row <= lastRow; row++) {
        for (let column = firstColumn; column <= lastColumn; column++) {
          const away = distance({ x: column + 0.5, y: row + 0.5 }, from, to)
          const ink = Math.round(255 * Math.min(1, Math.max(0, PEN_RADIUS + 0.5 - away)))
          const at = row * width + column
          pixels[at] = Math.max(pixels[at] ?? 0, ink)
        }
      }
    })
  }
  return pixels
}

function distance(p: Point, a: Point, b: Point): number {
  const dx = b.x - a.x
  const dy = b.y - a.y
  const square = dx * dx + dy * dy
  const t = square === 0 ? 0 : Math.min(1, Math.max(0, ((p.x - a.x) * dx + (p.y - a.y) * dy) / square))
  return Math.hypot(p.x - a.x - t * dx, p.y - a.y - t * dy)
}
