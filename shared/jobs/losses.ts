/** The losses that a job may name. What they are is in shared/models/losses.ts. */
export const LOSSES = [
  'sparseCategoricalCrossentropy',
  'categoricalCrossentropy',
  'binaryCrossentropy',
  'meanSquaredError',
  'meanAbsoluteError',
  'huber',
] as const
export type LossName = (typeof LOSSES)[number]

/** As they are called for short. */
export const SHORT_LOSSES: Readonly<Record<string, LossName>> = { mse: 'meanSquaredError', mae: 'meanAbsoluteError' }
