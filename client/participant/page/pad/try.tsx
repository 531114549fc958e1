/** Try the model: draw something, or take an example of one's own, and see what it makes of it. */
import { untracked, useSignalEffect } from '@preact/signals'
import { useMemo, useRef } from 'preact/hooks'
import type { ImageSchema } from '../../../../shared/protocol/data.ts'
import { percent } from '../../../ui/format.ts'
import type { PageJob } from '../../page-job.ts'
import type { Participant } from '../../view.ts'
import { Thumbnail } from '../data/thumbnail.tsx'
import { Fault } from '../fault.tsx'
import { createGuesser, type Guess } from './guess.ts'
import { asImage } from './image.ts'
import { createInk } from './ink.ts'
import { Pad } from './pad.tsx'
import { Probabilities } from './probabilities.tsx'
import './try.css'

/** `schema`: of grey pictures. */
export function Try({ participant, job, schema }: { participant: Participant; job: PageJob; schema: ImageSchema }) {
  const { view, actions } = participant
  const ink = useMemo(createInk, [])
  const guesser = useMemo(() => createGuesser((pixels) => actions.predict(pixels)), [actions])
  const nextExample = useRef(0)
  const { width, height, classes } = schema
  const guess = guesser.guess.value
  const data = view.data.value
  const examples =
    data.status === 'ready' && data.preview.samples.kind === 'images' ? data.preview.samples.pictures : []

  // A member's tab holds each new version anyway, so a drawing is read anew by every one of them.
  useSignalEffect(() => {
    const version = view.job.value?.version
    const member = view.membership.value === 'member'
    const before = guesser.guess.peek()
    if (version === undefined || !member || document.hidden) return
    if (before.status === 'answered' && before.version !== version) {
      untracked(() => void guesser.ask(before.pixels, version))
    }
  })

  function tryDrawing() {
    const pixels = asImage(ink.strokes.value, width, height)
    if (pixels) void guesser.ask(pixels, job.version)
  }
  function tryExample() {
    const example = examples[nextExample.current++ % examples.length]
    ink.clear()
    if (example) void guesser.ask(example.pixels, job.version)
  }

  return (
    <section class="try" aria-labelledby="try-title">
      <h2 id="try-title">Try the model</h2>
      <div class="try-body">
        <div class="try-draw">
          <Pad ink={ink} onStroke={tryDrawing} onClear={() => guesser.forget()} />
          <div class="row">
            <button
              type="button"
              onClick={() => {
                ink.clear()
                guesser.forget()
              }}
            >
              Clear
            </button>
            <button type="button" disabled={examples.length === 0} onClick={tryExample}>
              Try one of mine
            </button>
          </div>
        </div>
        <div class="try-answer">
          <p class="row try-words" role="status">
            {guess.status === 'none' ? null : (
              <Thumbnail
                pixels={guess.pixels}
                width={width}
                height={height}
                label="As the model sees it"
                testid="seen"
              />
            )}
            <span>{words(guess, classes)}</span>
          </p>
          {guess.status === 'failed' ? (
            <Fault error={guess.error} />
          ) : (
            <Probabilities classes={classes} values={shown(guess)} />
          )}
          <p class="small soft">{versionWords(guess.status === 'answered' ? guess.version : job.version)}</p>
        </div>
      </div>
    </section>
  )
}

function shown(guess: Guess): readonly number[] | null {
  return guess.status === 'answered' ? guess.probabilities : guess.status === 'asking' ? guess.last : null
}

function words(guess: Guess, classes: readonly string[]): string {
  if (guess.status === 'none') return 'Draw, and see what it reads. The drawing stays in this tab.'
  if (guess.status === 'asking') return 'Reading it…'
  if (guess.status === 'failed') return 'It could not be read.'
  const best = Math.max(...guess.probabilities)
  return `It reads ${classes[guess.probabilities.indexOf(best)]}, ${percent(best, 0)} sure.`
}

function versionWords(version: number): string {
  if (version === 0) return 'Model version 0: it has learned nothing yet, and guesses.'
  return `Model version ${version}, after ${version === 1 ? 'one round' : `${version} rounds`}.`
}
