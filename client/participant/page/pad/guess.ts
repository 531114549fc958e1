/** Asking the model, one picture at a time: the last picture asked about is the one that is answered. */
import { type ReadonlySignal, signal } from '@preact/signals'
import { type ErrorInfo, errorInfo } from '../../../../shared/errors/error.ts'

export type Guess =
  | { readonly status: 'none' }
  | { readonly status: 'asking'; readonly pixels: Uint8Array; readonly last: readonly number[] | null }
  | {
      readonly status: 'answered'
      readonly pixels: Uint8Array
      readonly probabilities: readonly number[]
      readonly version: number
    }
  | { readonly status: 'failed'; readonly pixels: Uint8Array; readonly error: ErrorInfo }

export interface Guesser {
  readonly guess: ReadonlySignal<Guess>
  ask(pixels: Uint8Array, version: number): Promise<void>
  forget(): void
}

export function createGuesser(predict: (pixels: Uint8Array) => Promise<readonly number[]>): Guesser {
  const guess = signal<Guess>({ status: 'none' })
  let asked = 0
  return {
    guess,
    async ask(pixels, version) {
      const mine = ++asked
      const before = guess.value
      // The bars stay while the next answer is on its way: they move, and do not flicker.
      const last = before.status === 'answered' ? before.probabilities : before.status === 'asking' ? before.last : null
      guess.value = { status: 'asking', pixels, last }
      let next: Guess
      try {
        next = { status: 'answered', pixels, probabilities: await predict(pixels), version }
      } catch (thrown) {
        next = { status: 'failed', pixels, error: errorInfo(thrown) }
      }
      if (mine === asked) guess.value = next
    },
    forget() {
      asked++
      guess.value = { status: 'none' }
    },
  }
}
