/**
 * The arrangement of a model's tensors. `trained` and `statistic` tensors lie one after the other,
 * in this order, in the flat float32 vector that travels in updates; `frozen` ones never do.
 */
export const TENSOR_ROLES = ['trained', 'statistic', 'frozen'] as const
/** trained: the server optimizer applies. statistic: averaged only (batch-norm's). frozen: as in version 0. */
export type TensorRole = (typeof TENSOR_ROLES)[number]

export interface TensorSpec {
  readonly name: string
  readonly shape: readonly number[]
  readonly dtype: 'float32'
  readonly role: TensorRole
}

export type Layout = readonly TensorSpec[]

export function elements(shape: readonly number[]): number {
  return shape.reduce((n, d) => n * d, 1)
}

export function flatTensors(layout: Layout): TensorSpec[] {
  return layout.filter((t) => t.role !== 'frozen')
}

export function frozenTensors(layout: Layout): TensorSpec[] {
  return layout.filter((t) => t.role === 'frozen')
}

/** Elements of the flat vector. */
export function flatLength(layout: Layout): number {
  return flatTensors(layout).reduce((n, t) => n + elements(t.shape), 0)
}

/** Where a tensor's values lie: in which of a version's two vectors, from which element on, and how many. */
export interface PlacedTensor extends TensorSpec {
  /** `params`: the flat vector that travels. `base`: the frozen ones. */
  readonly part: 'params' | 'base'
  readonly at: number
  readonly size: number
}

/** All tensors in the layout's order, each with its place. */
export function placedTensors(layout: Layout): PlacedTensor[] {
  const next = { params: 0, base: 0 }
  return layout.map((tensor) => {
    const part = tensor.role === 'frozen' ? 'base' : 'params'
    const size = elements(tensor.shape)
    next[part] += size
    return { ...tensor, part, at: next[part] - size, size }
  })
}

/** A half-open stretch [start, end) of the flat vector. */
export interface Span {
  readonly start: number
  readonly end: number
}

/** The stretches of the flat vector whose tensors are `statistic`, neighbours joined. */
export function statisticSpans(layout: Layout): Span[] {
  const spans: Span[] = []
  let start = 0
  for (const tensor of flatTensors(layout)) {
    const end = start + elements(tensor.shape)
    const last = spans.at(-1)
    if (tensor.role === 'statistic') {
      if (last && last.end === start) spans[spans.length - 1] = { start: last.start, end }
      else spans.push({ start, end })
    }
    start = end
  }
  return spans
}

/** The layout as one canonical text: what its digest is taken of. */
export function layoutText(layout: Layout): string {
  return JSON.stringify(layout.map((t) => [t.name, t.shape, t.dtype, t.role]))
}
