/** One picture. Of a grey one the ink is black with its strength as opacity; CSS turns it light on dark paper. */
import { useLayoutEffect, useRef } from 'preact/hooks'
import './thumbnail.css'

interface Props {
  readonly pixels: Uint8Array
  readonly width: number
  readonly height: number
  readonly channels?: number
  readonly label: string
  readonly testid?: string
}

export function Thumbnail({ pixels, width, height, channels = 1, label, testid = 'thumbnail' }: Props) {
  const canvas = useRef<HTMLCanvasElement>(null)
  useLayoutEffect(() => {
    const context = canvas.current?.getContext('2d')
    if (!context) return
    const image = context.createImageData(width, height)
    paint(image.data, pixels, channels)
    context.putImageData(image, 0, 0)
  }, [pixels, width, height, channels])
  return (
    <canvas
      ref={canvas}
      class={channels < 3 ? 'thumbnail thumbnail-ink' : 'thumbnail'}
      width={width}
      height={height}
      role="img"
      aria-label={label}
      title={label}
      data-testid={testid}
    />
  )
}

/** Channels: ink; ink and opacity; red, green and blue; these and opacity. */
function paint(to: Uint8ClampedArray, pixels: Uint8Array, channels: number): void {
  for (let i = 0; i < to.length / 4; i++) {
    const at = i * channels
    const opacity = channels % 2 === 0 ? (pixels[at + channels - 1] ?? 255) : 255
    if (channels < 3) {
      to[i * 4 + 3] = ((pixels[at] ?? 0) * opacity) / 255
      continue
    }
    for (let c = 0; c < 3; c++) to[i * 4 + c] = pixels[at + c] ?? 0
    to[i * 4 + 3] = opacity
  }
}
