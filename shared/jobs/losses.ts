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

/** Those that compare probabilities of classes. */
export const CROSS_ENTROPIES: readonly LossName[] = [
  'sparseCategoricalCrossentropy',
  'categoricalCrossentropy',
  'binaryCrossentropy',
]

/** As they are called for short. */
export const SHORT_LOSSES = { mse: 'meanSquaredError', mae: 'meanAbsoluteError' } as const satisfies Record<
  string,
  LossName
>
