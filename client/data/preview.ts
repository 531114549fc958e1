import { type Dataset, histogram, subset, valuesPerExample } from '../../shared/datasets/dataset.ts'
import type { DataPreview, ParticipantData, Samples } from './types.ts'

const SHOWN = 24

/** What a person should see of their data before they join with them. */
export function previewOf({ train, validation }: ParticipantData): DataPreview {
  const held = histogram(validation)
  return {
    train: train.count,
    validation: validation.count,
    histogram: histogram(train).map((n, i) => n + (held[i] ?? 0)),
    samples: samplesOf(
      subset(
        train,
        Uint32Array.from({ length: Math.min(SHOWN, train.count) }, (_, i) => i),
      ),
    ),
  }
}

function samplesOf(data: Dataset): Samples {
  const size = valuesPerExample(data)
  const [height = 1, width = 1, channels = 1] = data.shape
  const label = (i: number) => ('labels' in data.targets ? (data.targets.labels[i] ?? 0) : 0)
  return {
    kind: 'images',
    width,
    height,
    channels,
    pictures: Array.from({ length: data.count }, (_, i) => ({
      pixels: Uint8Array.from(data.values.subarray(i * size, (i + 1) * size)),
      label: label(i),
    })),
  }
}
