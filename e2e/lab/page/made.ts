/** What experiments are made with: settings, orders and examples, the same each time. */

import type { LayersModel } from '@tensorflow/tfjs-layers'
import { type ImageDataset, imageDataset, PIXELS } from '../../../shared/datasets/dataset.ts'
import { optimizerConfigSchema, optimizerSettings } from '../../../shared/jobs/optimizer.ts'
import { type Examples, examplesFor } from '../../../shared/models/examples.ts'
import type { Augmentation } from '../../../shared/protocol/data.ts'
import type { TrainSettings } from '../../../shared/protocol/participant.ts'
import { random } from '../../../shared/random/random.ts'
import { elements } from '../../../shared/tensors/layout.ts'
import type { TrainingSpec } from './experiments.ts'

export function settingsOf(
  spec: Pick<TrainingSpec, 'epochs' | 'batchSize' | 'optimizer' | 'classWeights' | 'loss'>,
): TrainSettings {
  return {
    epochs: spec.epochs,
    batchSize: spec.batchSize,
    optimizer: optimizerSettings(optimizerConfigSchema.parse(spec.optimizer), 1),
    loss: spec.loss ?? 'sparseCategoricalCrossentropy',
    classWeights: spec.classWeights ? [...spec.classWeights] : null,
    metrics: ['accuracy'],
    seed: 1,
  }
}

export function orders({ epochs, examples }: TrainingSpec): Uint32Array[] {
  return Array.from({ length: epochs }, (_, epoch) => random(1, 'laboratory', epoch).permutation(examples))
}

export function digitsOf(count: number): ImageDataset {
  const draws = random(3, 'laboratory images')
  const bytes = (n: number, below: number) => Uint8Array.from({ length: n }, () => draws.int(below))
  const shape = { width: 4, height: 3, channels: 1, classes: 3 }
  return imageDataset(shape, bytes(count * 12, 256), bytes(count, 3))
}

/** Pictures that are varied as the experiment says. */
function variedPictures(spec: TrainingSpec, model: LayersModel, augment: readonly Augmentation[]): Examples {
  const draws = random(5, 'laboratory pictures')
  const { shape, classes, examples: count } = spec
  const values = Uint8Array.from({ length: count * elements(shape) }, () => draws.int(256))
  const labels = Uint8Array.from({ length: count }, () => draws.int(classes))
  return examplesFor(model, { count, shape, values, scale: PIXELS, targets: { classes, labels }, augment })
}

export function examplesOf(spec: TrainingSpec, model: LayersModel): Examples {
  return spec.augment ? variedPictures(spec, model, spec.augment) : drawn(spec)
}

export function drawn({ shape, classes, tokens, examples }: TrainingSpec): Examples {
  const draws = random(7, 'laboratory data')
  const size = shape.reduce((n, d) => n * d, 1)
  const values = Float32Array.from({ length: examples * size }, () =>
    tokens === null ? draws.uniform(-1, 1) : Math.floor(draws.uniform(0, tokens)),
  )
  const labels = Uint8Array.from({ length: examples }, () => Math.floor(draws.uniform(0, classes)))
  return {
    source: values,
    count: examples,
    shape,
    outputs: classes,
    varied: false,
    write(indices, xs, targets) {
      targets.fill(0)
      for (let i = 0; i < indices.length; i++) {
        const index = indices[i] as number
        xs.set(values.subarray(index * size, (index + 1) * size), i * size)
        targets[i * classes + (labels[index] as number)] = 1
      }
    },
  }
}
