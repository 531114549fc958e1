/** The metrics that a job may name. How they are measured is in shared/models/metrics.ts. */

export interface MetricInfo {
  /** As people read it, in the middle of a sentence. */
  readonly label: string
  /** In a few words, for people who have not met it. */
  readonly hint: string
  readonly better: 'higher' | 'lower'
  /** share: from 0 to 1, and shown in per cent. number: from 0 on. */
  readonly unit: 'share' | 'number'
}

const KNOWN: Readonly<Record<string, MetricInfo>> = {
  accuracy: { label: 'accuracy', hint: 'the share that is answered right', better: 'higher', unit: 'share' },
  auc: {
    label: 'AUC',
    hint: 'how often an example of a class is scored above one of another class',
    better: 'higher',
    unit: 'share',
  },
  precision: {
    label: 'precision',
    hint: 'of what it finds, the share that is right',
    better: 'higher',
    unit: 'share',
  },
  recall: { label: 'recall', hint: 'of what there is, the share that it finds', better: 'higher', unit: 'share' },
  f1: { label: 'F1', hint: 'the harmonic mean of precision and recall', better: 'higher', unit: 'share' },
  perplexity: {
    label: 'perplexity',
    hint: 'among how many answers it hesitates; lower is better',
    better: 'lower',
    unit: 'number',
  },
  mae: {
    label: 'mean absolute error',
    hint: 'how far off its answers are; lower is better',
    better: 'lower',
    unit: 'number',
  },
}

/** Without the top-k ones, of which there is one for each number. */
export const METRIC_NAMES = Object.keys(KNOWN)

/** k of "topK": 2 to 99; null for any other name. */
export function topOf(name: string): number | null {
  const found = /^top([1-9]\d?)$/.exec(name)
  const k = Number(found?.[1])
  return k >= 2 ? k : null
}

/** null where no metric is named so. */
export function metricInfo(name: string): MetricInfo | null {
  const k = topOf(name)
  if (k === null) return Object.hasOwn(KNOWN, name) ? (KNOWN[name] as MetricInfo) : null
  const hint = `the share where the right answer is among the ${k} likeliest`
  return { label: `top-${k} accuracy`, hint, better: 'higher', unit: 'share' }
}

/** Whether a number may be this metric's value. */
export function isPlausible(name: string, value: number): boolean {
  const info = metricInfo(name)
  return info !== null && value >= 0 && (info.unit === 'number' ? Number.isFinite(value) : value <= 1)
}

/** Above 0 where `value` is the better one of the two. */
export function gain(name: string, value: number, over: number): number {
  return metricInfo(name)?.better === 'lower' ? over - value : value - over
}
