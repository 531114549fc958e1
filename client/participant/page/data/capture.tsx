/** Examples made on the spot: a picture from the camera or a drawing, and a button for each class. */
import { useMemo } from 'preact/hooks'
import type { ImageSchema } from '../../../../shared/protocol/data.ts'
import { count, plural } from '../../../ui/format.ts'
import { asImage } from '../pad/image.ts'
import { createInk } from '../pad/ink.ts'
import { Pad } from '../pad/pad.tsx'
import type { Setup } from '../setup.ts'
import { Camera, type Shot } from './camera.tsx'
import { type Captures, createCaptures, missing } from './captured.ts'
import { Samples } from './samples.tsx'
import './capture.css'

const SHOWN = 24

export function CameraCapture({ schema, setup }: { schema: ImageSchema; setup: Setup }) {
  const captures = useMemo(createCaptures, [])
  const shot = useMemo<Shot>(() => ({ take: null }), [])
  return (
    <div class="capture">
      <Camera schema={schema} shot={shot} />
      <Kept schema={schema} setup={setup} captures={captures} take={() => shot.take?.() ?? null} />
    </div>
  )
}

export function DrawingCapture({ schema, setup }: { schema: ImageSchema; setup: Setup }) {
  const captures = useMemo(createCaptures, [])
  const ink = useMemo(createInk, [])
  const take = () => {
    const pixels = asImage(ink.strokes.value, schema.width, schema.height)
    ink.clear()
    return pixels
  }
  return (
    <div class="capture">
      <Pad ink={ink} onStroke={() => {}} onClear={() => {}} />
      <Kept schema={schema} setup={setup} captures={captures} take={take} />
    </div>
  )
}

interface KeptProps {
  readonly schema: ImageSchema
  readonly setup: Setup
  readonly captures: Captures
  /** What is there now; null where nothing is. */
  readonly take: () => Uint8Array | null
}

function Kept({ schema, setup, captures, take }: KeptProps) {
  const all = captures.all.value
  const counts = captures.counts(schema.classes.length)
  const lacks = missing(all)
  const keep = (label: number) => {
    const pixels = take()
    if (pixels) captures.add(pixels, label)
  }
  return (
    <div class="stack">
      <p class="small soft">Press a class to keep what you see as an example of it.</p>
      <div class="capture-classes">
        {schema.classes.map((name, label) => (
          <button key={name} type="button" data-testid="keep" onClick={() => keep(label)}>
            {name} <span class="soft">{count(counts[label] ?? 0)}</span>
          </button>
        ))}
      </div>
      <Samples
        samples={{
          kind: 'images',
          width: schema.width,
          height: schema.height,
          channels: schema.channels,
          pictures: all.slice(-SHOWN).toReversed(),
        }}
        classes={schema.classes}
      />
      <div class="row">
        <button
          type="button"
          disabled={lacks !== ''}
          data-testid="use-captured"
          onClick={() => {
            setup.captured.value = all
          }}
        >
          Use {all.length === 1 ? 'this example' : `these ${plural(all.length, 'example')}`}
        </button>
        <button type="button" disabled={all.length === 0} onClick={() => captures.undo()}>
          Take the last one back
        </button>
        {lacks === '' ? null : <span class="small soft">{lacks}</span>}
      </div>
    </div>
  )
}
