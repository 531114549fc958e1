/** Where one draws. Strokes are kept as points (see image.ts), so they are drawn as vectors too. */
import { useSignal } from '@preact/signals'
import { useRef } from 'preact/hooks'
import type { Point, Stroke } from './image.ts'
import { type Ink, pressKey, within } from './ink.ts'
import './pad.css'

export function Pad({ ink, onStroke, onClear }: { ink: Ink; onStroke: () => void; onClear: () => void }) {
  const pad = useRef<HTMLDivElement>(null)
  const pointer = useRef<number | null>(null)
  const keyboard = useSignal(false)
  const pen = ink.pen.value

  function pointOf(event: PointerEvent): Point {
    const box = pad.current?.getBoundingClientRect()
    if (!box) return { x: 0.5, y: 0.5 }
    return { x: within((event.clientX - box.left) / box.width), y: within((event.clientY - box.top) / box.height) }
  }
  function onPointerDown(event: PointerEvent) {
    // One pen at a time: a palm that rests on a tablet is not a second stroke.
    if (pointer.current !== null || event.button !== 0) return
    pointer.current = event.pointerId
    pad.current?.setPointerCapture(event.pointerId)
    keyboard.value = false
    ink.pen.value = { ...ink.pen.value, down: false }
    ink.begin(pointOf(event))
  }
  function onPointerMove(event: PointerEvent) {
    if (event.pointerId !== pointer.current) return
    // Browsers gather quick movements into one event; without them fast curves become corners.
    const all = event.getCoalescedEvents?.() ?? []
    ink.extend((all.length > 0 ? all : [event]).map(pointOf))
  }
  function onPointerEnd(event: PointerEvent) {
    if (event.pointerId !== pointer.current) return
    pointer.current = null
    onStroke()
  }
  function onKeyDown(event: KeyboardEvent) {
    if (event.ctrlKey || event.metaKey || event.altKey) return
    const done = pressKey(ink, event.key)
    if (!done) return
    event.preventDefault()
    keyboard.value = true
    if (done === 'lifted') onStroke()
    if (done === 'cleared') onClear()
  }

  return (
    <div
      ref={pad}
      class="pad"
      role="application"
      aria-label="Drawing pad. Arrow keys move the pen, space lowers and lifts it, delete clears."
      // biome-ignore lint/a11y/noNoninteractiveTabindex: an application is interactive; it takes keys.
      tabIndex={0}
      data-testid="pad"
      onPointerDown={onPointerDown}
      onPointerMove={onPointerMove}
      onPointerUp={onPointerEnd}
      onPointerCancel={onPointerEnd}
      onKeyDown={onKeyDown}
    >
      <svg viewBox="0 0 1 1" aria-hidden="true">
        {ink.strokes.value.map((stroke, i) => (
          <path key={i} class="pad-stroke" d={pathOf(stroke)} />
        ))}
        {keyboard.value ? (
          <circle class={pen.down ? 'pad-pen pad-pen-down' : 'pad-pen'} cx={pen.x} cy={pen.y} r={0.035} />
        ) : null}
      </svg>
      {ink.strokes.value.length === 0 && !keyboard.value ? <span class="pad-hint soft">draw here</span> : null}
    </div>
  )
}

function pathOf(stroke: Stroke): string {
  const points = stroke.map((p) => `${p.x.toFixed(3)} ${p.y.toFixed(3)}`)
  // A line to itself, so that a dot has round ends to show.
  return `M${points[0]}L${points.length > 1 ? points.slice(1).join(' ') : points[0]}`
}
