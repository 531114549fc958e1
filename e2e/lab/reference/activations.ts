/** Activations by their definitions, row by row of the last axis. */
import { type Array64, map, mapRows } from './array64.ts'

const sigmoid = (x: number) => 1 / (1 + Math.exp(-x))

/** 2/√π·e^(−x²)·Σ 2ⁿx²ⁿ⁺¹ / (1·3·…·(2n+1)): all of one sign, so nothing is lost (Abramowitz & Stegun 1964, 7.1.6). */
function erf(x: number): number {
  let term = x
  let sum = 0
  for (let n = 1; Math.abs(term) > 1e-17 * Math.abs(sum); n++) {
    sum += term
    term *= (2 * x * x) / (2 * n + 1)
  }
  return (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * sum
}

const BY_ELEMENT: Readonly<Record<string, (x: number) => number>> = {
  linear: (x) => x,
  relu: (x) => Math.max(x, 0),
  elu: (x) => (x > 0 ? x : Math.expm1(x)),
  tanh: Math.tanh,
  sigmoid,
  hardSigmoid: (x) => Math.min(1, Math.max(0, 0.2 * x + 0.5)),
  relu6: (x) => Math.min(6, Math.max(0, x)),
  // Klambauer et al. 2017.
  selu: (x) => 1.0507009873554805 * (x > 0 ? x : 1.6732632423543772 * Math.expm1(x)),
  softplus: (x) => Math.log1p(Math.exp(x)),
  softsign: (x) => x / (1 + Math.abs(x)),
  mish: (x) => x * Math.tanh(Math.log1p(Math.exp(x))),
  swish: (x) => x * sigmoid(x),
  gelu: (x) => 0.5 * x * (1 + erf(x / Math.SQRT2)),
}

export function softmax(row: Float64Array): Float64Array {
  const most = Math.max(...row)
  const powers = row.map((x) => Math.exp(x - most))
  const sum = powers.reduce((a, b) => a + b, 0)
  return powers.map((x) => x / sum)
}

export function activate(x: Array64, name: string): Array64 {
  if (name === 'softmax') return mapRows(x, softmax)
  const f = BY_ELEMENT[name]
  if (!f) throw new Error(`The reference has no activation ${name}.`)
  return map(x, (value) => f(value))
}
