import { exampleBytes, histogram } from '../../shared/datasets/dataset.ts'
import type { DataPreview, ParticipantData } from './types.ts'

const THUMBNAILS = 24

/** What a person should see of their data before they join with them. */
export function previewOf({ train, validation }: ParticipantData): DataPreview {
  const size = exampleBytes(train)
  const shown = Math.min(THUMBNAILS, train.labels.length)
  const held = histogram(validation)
  return {
    train: train.labels.length,
    validation: validation.labels.length,
    histogram: histogram(train).map((n, i) => n + (held[i] ?? 0)),
    width: train.width,
    height: train.height,
    thumbnails: Array.from({ length: shown }, (_, i) => ({
      pixels: grey(train.pixels.slice(i * size, (i + 1) * size), train.channels),
      label: train.labels[i] ?? 0,
    })),
  }
}

/** The mean over channels. */
function grey(pixels: Uint8Array, channels: number): Uint8Array {
  if (channels === 1) return pixels
  return Uint8Array.from({ length: pixels.length / channels }, (_, i) => {
    let sum = 0
    for (let c = 0; c < channels; c++) sum += pixels[i * channels + c] ?? 0
    return sum / channels
  })
}
