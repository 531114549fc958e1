/** The drawing as it grows, by pointer or by keyboard. Nothing here leaves the tab. */
import { type Signal, signal } from '@preact/signals'
import type { Point, Stroke } from './image.ts'

export interface Ink {
  readonly strokes: Signal<readonly Stroke[]>
  /** Where the keyboard's pen is, and whether it touches the paper. */
  readonly pen: Signal<Point & { readonly down: boolean }>
  begin(point: Point): void
  extend(points: readonly Point[]): void
  clear(): void
}

export function createInk(): Ink {
  const strokes = signal<readonly Stroke[]>([])
  const pen = signal({ x: 0.5, y: 0.25, down: false })
  return {
    strokes,
    pen,
    begin(point) {
      strokes.value = [...strokes.value, [point]]
    },
    extend(points) {
      const last = strokes.value.at(-1)
      if (last) strokes.value = [...strokes.value.slice(0, -1), [...last, ...points]]
    },
    clear() {
      strokes.value = []
      pen.value = { ...pen.value, down: false }
    },
  }
}

const STEP = 0.04
const WAYS: Record<string, Point> = {
  ArrowLeft: { x: -STEP, y: 0 },
  ArrowRight: { x: STEP, y: 0 },
  ArrowUp: { x: 0, y: -STEP },
  ArrowDown: { x: 0, y: STEP },
}

/** What a key does to the drawing; undefined where the key means nothing here. `lifted` ends a stroke. */
export function pressKey(ink: Ink, key: string): 'moved' | 'lowered' | 'lifted' | 'cleared' | undefined {
  const { x, y, down } = ink.pen.value
  const way = WAYS[key]
  if (way) {
    const point = { x: within(x + way.x), y: within(y + way.y) }
    ink.pen.value = { ...point, down }
    if (down) ink.extend([point])
    return 'moved'
  }
  if (key === ' ') {
    ink.pen.value = { x, y, down: !down }
    if (!down) ink.begin({ x, y })
    return down ? 'lifted' : 'lowered'
  }
  if (key === 'Delete' || key === 'Backspace') {
    ink.clear()
    return 'cleared'
  }
  return undefined
}

export function within(value: number): number {
  return Math.min(0.98, Math.max(0.02, value))
}
