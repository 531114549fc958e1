/** Which rows of a long scrolling list are worth drawing: those in view and a few around them. */
import { useLayoutEffect, useRef, useState } from 'preact/hooks'

const AROUND = 6

/**
 * Put `ref` on the scrolling element. Draw rows `first` to `last` (exclusive), with `first × rowHeight`
 * of space above. Every row must be `rowHeight` pixels high.
 */
export function useWindow(count: number, rowHeight: number) {
  const ref = useRef<HTMLDivElement>(null)
  const [view, setView] = useState({ first: 0, visible: 30 })

  useLayoutEffect(() => {
    const scroller = ref.current
    if (scroller === null) return
    const measure = () => {
      const first = Math.floor(scroller.scrollTop / rowHeight)
      const visible = Math.ceil(scroller.clientHeight / rowHeight) + 1
      setView((old) => (old.first === first && old.visible === visible ? old : { first, visible }))
    }
    const resize = new ResizeObserver(measure)
    resize.observe(scroller)
    scroller.addEventListener('scroll', measure, { passive: true })
    measure()
    return () => {
      resize.disconnect()
      scroller.removeEventListener('scroll', measure)
    }
  }, [rowHeight])

  // A list that became shorter may leave the old position beyond its end.
  const start = Math.max(0, Math.min(view.first, count - view.visible))
  return { ref, first: Math.max(0, start - AROUND), last: Math.min(count, start + view.visible + AROUND) }
}
