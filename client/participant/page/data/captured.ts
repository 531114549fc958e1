/** Examples that are made on the spot, one by one. Nothing of them leaves the tab. */
import { type Signal, signal } from '@preact/signals'
import { histogram } from '../../../../shared/datasets/dataset.ts'

export interface Captured {
  readonly pixels: Uint8Array
  readonly label: number
}

export interface Captures {
  readonly all: Signal<readonly Captured[]>
  add(pixels: Uint8Array, label: number): void
  /** Takes the last one back. */
  undo(): void
  /** By class. */
  counts(classes: number): number[]
}

/** So many are enough for a beginning, of two classes at least. */
export const FEWEST = 4

export function createCaptures(): Captures {
  const all = signal<readonly Captured[]>([])
  return {
    all,
    add(pixels, label) {
      all.value = [...all.value, { pixels, label }]
    },
    undo() {
      all.value = all.value.slice(0, -1)
    },
    counts(classes) {
      return histogram({ targets: { classes, labels: Uint8Array.from(all.value, ({ label }) => label) } })
    },
  }
}

/** What is still missing, in a sentence; empty where it is enough. */
export function missing(captured: readonly Captured[]): string {
  const classes = new Set(captured.map(({ label }) => label)).size
  if (captured.length >= FEWEST && classes >= 2) return ''
  return `At least ${FEWEST} examples, of two classes, are needed.`
}
