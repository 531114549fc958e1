import { type ImageDataset, imageDataset } from '../../shared/datasets/dataset.ts'
import { SYNTHETIC_DIGITS, syntheticDigits } from '../../shared/datasets/synthetic-digits.ts'
import { TributaryError } from '../../shared/errors/error.ts'

/** They lie in memory twice for a moment. */
const MOST_BYTES = 2 ** 31

/** Digits of writers 1, 2, …: those of each are what a tab draws that is opened with `?writer=` and its number. */
export function writersOf(
  writers: number,
  examples: number,
  seed: number,
): { dataset: ImageDataset; owners: Int32Array } {
  const size = SYNTHETIC_DIGITS.width * SYNTHETIC_DIGITS.height
  if (writers * examples * size > MOST_BYTES) {
    throw new TributaryError(
      'data/mismatch',
      `${writers} writers with ${examples} digits each take more memory than ${MOST_BYTES / 2 ** 30} GiB. Use fewer clients, or fewer digits with --examples.`,
    )
  }
  const pixels = new Uint8Array(writers * examples * size)
  const labels = new Uint8Array(writers * examples)
  const owners = new Int32Array(writers * examples)
  for (let owner = 0; owner < writers; owner++) {
    const own = syntheticDigits({ seed, writer: owner + 1, count: examples })
    const from = owner * examples
    pixels.set(own.values, from * size)
    labels.set(own.targets.labels, from)
    owners.fill(owner, from, from + examples)
  }
  return { dataset: imageDataset(SYNTHETIC_DIGITS, pixels, labels), owners }
}
