/** The width of an element in CSS pixels, kept up to date; 0 until it has been laid out. */
import { useLayoutEffect, useRef, useState } from 'preact/hooks'

export function useWidth<E extends HTMLElement>() {
  const element = useRef<E>(null)
  const [width, setWidth] = useState(0)
  useLayoutEffect(() => {
    const target = element.current
    if (!target) return
    setWidth(target.clientWidth)
    const observer = new ResizeObserver(() => setWidth(target.clientWidth))
    observer.observe(target)
    return () => observer.disconnect()
  }, [])
  return { element, width }
}
