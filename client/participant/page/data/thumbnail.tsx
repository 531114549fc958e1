/** One grey picture. The ink is black with its strength as opacity; CSS turns it light on dark paper. */
import { useLayoutEffect, useRef } from 'preact/hooks'
import './thumbnail.css'

interface Props {
  readonly pixels: Uint8Array
  readonly width: number
  readonly height: number
  readonly label: string
  readonly testid?: string
}

export function Thumbnail({ pixels, width, height, label, testid = 'thumbnail' }: Props) {
  const canvas = useRef<HTMLCanvasElement>(null)
  useLayoutEffect(() => {
    const context = canvas.current?.getContext('2d')
    if (!context) return
    const image = context.createImageData(width, height)
    pixels.forEach((ink, i) => {
      image.data[i * 4 + 3] = ink
    })
    context.putImageData(image, 0, 0)
  }, [pixels, width, height])
  return (
    <canvas
      ref={canvas}
      class="thumbnail"
      width={width}
      height={height}
      role="img"
      aria-label={label}
      title={label}
      data-testid={testid}
    />
  )
}
