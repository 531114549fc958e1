import { targetsOf } from '../datasets/schema.ts'
import type { JobConfig } from './config.ts'
import type { ExampleShape } from './presets/presets.ts'

/**
 * How a preset ends for a job: one probability for each class; of two classes, with the binary cross-entropy, that of the second;
 * or plain numbers. With the binary cross-entropy each of more classes is a question of its own.
 */
export function answerOf({
  data,
  loss,
}: Pick<JobConfig, 'data' | 'loss'>): Pick<ExampleShape, 'outputs' | 'activation'> {
  const targets = targetsOf(data)
  if (!('classes' in targets)) return { outputs: targets.outputs, activation: 'linear' }
  const { classes } = targets
  if (loss !== 'binaryCrossentropy') return { outputs: classes, activation: 'softmax' }
  return { outputs: classes === 2 ? 1 : classes, activation: 'sigmoid' }
}
