/** The camera's picture, as the job's pictures are cut. It is on while it is seen, and off afterwards. */
import { useSignal } from '@preact/signals'
import { useEffect, useRef } from 'preact/hooks'
import type { ImageSchema } from '../../../../shared/protocol/data.ts'
import { pixelsOf } from '../../../data/images/decode.ts'

/** Where the one who shows the camera leaves how a picture is taken; null while there is none to take. */
export interface Shot {
  take: (() => Uint8Array) | null
}

export function Camera({ schema, shot }: { schema: ImageSchema; shot: Shot }) {
  const video = useRef<HTMLVideoElement>(null)
  const state = useSignal<'off' | 'asking' | 'on'>('off')
  const problem = useSignal('')
  const stop = useRef(() => {})
  const gone = useRef(false)

  useEffect(
    () => () => {
      gone.current = true
      stop.current()
    },
    [],
  )

  async function start(): Promise<void> {
    const element = video.current
    if (!element) return
    state.value = 'asking'
    problem.value = ''
    try {
      const stream = await cameraStream()
      stop.current = () => {
        shot.take = null
        for (const track of stream.getTracks()) track.stop()
      }
      // Whoever has gone elsewhere while the browser asked does not want it any more.
      if (gone.current) return stop.current()
      element.srcObject = stream
      await element.play()
      shot.take = () => frameOf(element, schema)
      state.value = 'on'
    } catch (thrown) {
      stop.current()
      state.value = 'off'
      problem.value = why(thrown)
    }
  }

  return (
    <div class="stack camera">
      <video
        ref={video}
        class={`camera-view camera-${schema.resize}`}
        style={{ aspectRatio: `${schema.width} / ${schema.height}` }}
        muted
        playsInline
        hidden={state.value !== 'on'}
        data-testid="camera"
      />
      {state.value === 'on' ? null : (
        <button type="button" class="primary" disabled={state.value === 'asking'} onClick={() => void start()}>
          Turn the camera on
        </button>
      )}
      {problem.value === '' ? null : (
        <p class="problem" role="alert">
          {problem.value}
        </p>
      )}
      <p class="small soft">The pictures stay in this tab.</p>
    </div>
  )
}

function frameOf(video: HTMLVideoElement, schema: ImageSchema): Uint8Array {
  const canvas = document.createElement('canvas')
  canvas.width = schema.width
  canvas.height = schema.height
  const context = canvas.getContext('2d')
  if (!context) throw new Error('This browser has no canvas.')
  return pixelsOf(context, video, { width: video.videoWidth, height: video.videoHeight }, schema)
}

/** The one that looks away from the person, where there are two. */
function cameraStream(): Promise<MediaStream> {
  // Not there on plain http from another machine.
  const devices = navigator.mediaDevices as MediaDevices | undefined
  if (!devices) throw new Error('insecure')
  return devices.getUserMedia({ video: { facingMode: { ideal: 'environment' } }, audio: false })
}

function why(thrown: unknown): string {
  const name = thrown instanceof Error ? thrown.name : ''
  if (name === 'NotAllowedError')
    return 'The camera was not allowed. Allow it at the browser’s address bar, and try again.'
  if (name === 'NotFoundError') return 'There is no camera. Connect one, or choose files.'
  if (thrown instanceof Error && thrown.message === 'insecure')
    return 'Browsers give the camera to pages over https or on this machine only. Open the page over https, or choose files.'
  return 'The camera cannot be used; perhaps another program has it. Close that, and try again.'
}
