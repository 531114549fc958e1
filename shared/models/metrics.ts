/**
 * Metrics by name, from targets and predictions as they come, batch by batch. Both lie row by row, a row for each example:
 * either one value per class (targets one-hot, the largest prediction is the answer), or a single value (a class of two, where
 * the prediction is the probability of the second; or a number).
 */
import { TributaryError } from '../errors/error.ts'
import { METRIC_NAMES, topOf } from '../jobs/metrics.ts'

export interface Measure {
  /** Both of rows × width values. */
  add(targets: Float32Array, predictions: Float32Array): void
  /** `loss`: the mean over the same examples. null where these examples say nothing of it. */
  value(loss: number): number | null
}

/** `width`: values of a row. Throws 'job/invalid' where no metric is named so. */
export function measureOf(name: string, width: number): Measure {
  const k = topOf(name)
  if (k !== null) return share(width, (targets, predictions, at) => isAmong(targets, predictions, at, width, k))
  switch (name) {
    case 'accuracy':
      return share(width, (t, p, at) => answer(t, at, width) === answer(p, at, width))
    case 'precision':
    case 'recall':
    case 'f1':
      return new Found(width, name)
    case 'auc':
      return new Ranked(width)
    case 'perplexity':
      // Jelinek et al. 1977: the exponential of the mean cross-entropy.
      return { add: () => {}, value: (loss) => Math.exp(loss) }
    case 'mae':
      return absoluteError()
    default:
      throw new TributaryError(
        'job/invalid',
        `No metric is named ${name}; there are ${METRIC_NAMES.join(', ')}, and topK for any K from 2 on.`,
      )
  }
}

/** The class that a row says; −1 where it says no numbers. */
function answer(rows: Float32Array, at: number, width: number): number {
  if (Number.isNaN(rows[at])) return -1
  if (width === 1) return (rows[at] as number) > 0.5 ? 1 : 0
  let best = 0
  for (let c = 1; c < width; c++) if ((rows[at + c] as number) > (rows[at + best] as number)) best = c
  return best
}

type Question = (targets: Float32Array, predictions: Float32Array, at: number) => boolean

/** The share of rows of which something is true. */
function share(width: number, isTrue: Question): Measure {
  let right = 0
  let rows = 0
  return {
    add(targets, predictions) {
      for (let at = 0; at < targets.length; at += width) if (isTrue(targets, predictions, at)) right++
      rows += targets.length / width
    },
    value: () => (rows === 0 ? null : right / rows),
  }
}

/** Of equally likely classes the first ones count as likelier. */
function isAmong(targets: Float32Array, predictions: Float32Array, at: number, width: number, k: number): boolean {
  const right = answer(targets, at, width)
  const own = predictions[at + right] as number
  let before = 0
  for (let c = 0; c < width; c++) {
    const other = predictions[at + c] as number
    // What is no number is nobody's likeliest.
    if (c !== right && !(own > other || (own === other && c > right))) before++
  }
  return before < k
}

function absoluteError(): Measure {
  let sum = 0
  let values = 0
  return {
    add(targets, predictions) {
      for (let i = 0; i < targets.length; i++) sum += Math.abs((targets[i] as number) - (predictions[i] as number))
      values += targets.length
    },
    value: () => (values === 0 ? null : sum / values),
  }
}

/**
 * Precision, recall and F1 (van Rijsbergen 1979, chapter 7): of two classes, those of the second; of more, the mean over the
 * classes that occur, in targets or answers. What is divided by 0 counts as 0.
 */
class Found implements Measure {
  private readonly width: number
  private readonly what: 'precision' | 'recall' | 'f1'
  private readonly hits: Float64Array
  private readonly answered: Float64Array
  private readonly there: Float64Array

  constructor(width: number, what: 'precision' | 'recall' | 'f1') {
    this.width = width
    this.what = what
    const classes = Math.max(2, width)
    this.hits = new Float64Array(classes)
    this.answered = new Float64Array(classes)
    this.there = new Float64Array(classes)
  }

  add(targets: Float32Array, predictions: Float32Array): void {
    for (let at = 0; at < targets.length; at += this.width) {
      const is = answer(targets, at, this.width)
      const said = answer(predictions, at, this.width)
      this.there[is] = (this.there[is] as number) + 1
      if (said >= 0) this.answered[said] = (this.answered[said] as number) + 1
      if (is === said) this.hits[is] = (this.hits[is] as number) + 1
    }
  }

  value(): number | null {
    const classes = this.hits.length === 2 ? [1] : [...this.hits.keys()].filter((c) => this.occurs(c))
    if (!this.there.some((n) => n > 0)) return null
    return classes.reduce((sum, c) => sum + this.of(c), 0) / classes.length
  }

  private occurs(c: number): boolean {
    return (this.there[c] as number) > 0 || (this.answered[c] as number) > 0
  }

  private of(c: number): number {
    const hits = this.hits[c] as number
    const [answered, there] = [this.answered[c] as number, this.there[c] as number]
    const over = { precision: answered, recall: there, f1: (answered + there) / 2 }[this.what]
    return over === 0 ? 0 : hits / over
  }
}

/**
 * The area under the ROC curve: the probability that an example of the class is scored above one of another class, equal scores
 * counting half (Hanley and McNeil 1982), by ranks and thus exactly. Of two classes that of the second; of more, the mean over
 * the classes that some but not all examples are of. Memory: 8 bytes for each value of a prediction.
 */
class Ranked implements Measure {
  private readonly width: number
  private readonly batches: { readonly targets: Float32Array; readonly predictions: Float32Array }[] = []

  constructor(width: number) {
    this.width = width
  }

  add(targets: Float32Array, predictions: Float32Array): void {
    this.batches.push({ targets: targets.slice(), predictions: predictions.slice() })
  }

  value(): number | null {
    const classes = this.width <= 2 ? [this.width - 1] : Array.from({ length: this.width }, (_, c) => c)
    const areas = classes.flatMap((c) => this.area(c) ?? [])
    return areas.length === 0 ? null : areas.reduce((a, b) => a + b, 0) / areas.length
  }

  private area(c: number): number | null {
    const scores: number[] = []
    const are: boolean[] = []
    for (const { targets, predictions } of this.batches) {
      for (let at = c; at < targets.length; at += this.width) {
        scores.push(predictions[at] as number)
        are.push((targets[at] as number) > 0.5)
      }
    }
    const order = Uint32Array.from(scores.keys()).sort((a, b) => (scores[a] as number) - (scores[b] as number))
    let positives = 0
    let ranks = 0
    for (let from = 0; from < order.length; ) {
      let to = from + 1
      while (to < order.length && scores[order[to] as number] === scores[order[from] as number]) to++
      // Equal scores share the mean of their ranks, from 1.
      const rank = (from + 1 + to) / 2
      for (; from < to; from++) {
        if (!are[order[from] as number]) continue
        positives++
        ranks += rank
      }
    }
    const negatives = order.length - positives
    if (positives === 0 || negatives === 0) return null
    return (ranks - (positives * (positives + 1)) / 2) / (positives * negatives)
  }
}
