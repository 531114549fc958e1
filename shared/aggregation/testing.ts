/** For tests of exact sums: updates with awkward values, and arithmetic without rounding to compare with. */
import type { Random } from '../random/random.ts'
import { FlatParams } from '../tensors/flat.ts'
import type { FLModel } from '../updates/fl-model.ts'
import type { Contribution } from './aggregator.ts'

const DENORMAL = 2 ** -149

/** Values on which sums of floats differ from order to order: denormals, the bound itself, all magnitudes between. */
export function awkwardValue(draws: Random): number {
  const sign = draws.next() < 0.5 ? -1 : 1
  switch (draws.int(8)) {
    case 0:
      return sign * 0
    case 1:
      return sign * DENORMAL * (1 + draws.int(1000))
    case 2:
      return sign * 1024
    case 3:
      return sign * Math.fround(1024 * (1 - 2 ** -24))
    case 4:
      return Math.fround(sign * draws.uniform(0, 1024))
    default:
      return Math.fround(sign * 2 ** draws.uniform(-140, 10))
  }
}

export function update(params: FlatParams, numExamples = 1): FLModel {
  return { paramsType: 'diff', params, numExamples, metrics: {} }
}

export function vector(...values: number[]): FlatParams {
  return FlatParams.concat([Float32Array.from(values)])
}

/** A client's answer of `length` awkward values. */
export function awkwardContribution(draws: Random, taskId: string, coefficient: number, length: number): Contribution {
  const params = FlatParams.zeros(length)
  for (const tile of params.tiles) for (let i = 0; i < tile.length; i++) tile[i] = awkwardValue(draws)
  return { taskId, coefficient, update: update(params) }
}

/** x · 2¹⁰⁷⁴, exactly: a whole number for every float64. */
export function scaled(x: number): bigint {
  const view = new DataView(new ArrayBuffer(8))
  view.setFloat64(0, x)
  const bits = view.getBigUint64(0)
  const exponent = (bits >> 52n) & 0x7ffn
  const fraction = bits & 0xf_ffff_ffff_ffffn
  if (exponent === 0x7ffn) throw new RangeError(`${x} is no number to scale`)
  const magnitude = exponent === 0n ? fraction : (fraction | (1n << 52n)) << (exponent - 1n)
  return bits >> 63n ? -magnitude : magnitude
}

/** x / step, rounded to an integer, half to even: in whole numbers throughout. */
export function roundToGrid(x: number, step: number): bigint {
  const a = scaled(x)
  const b = scaled(step)
  const magnitude = a < 0n ? -a : a
  let quotient = magnitude / b
  const twice = (magnitude % b) * 2n
  if (twice > b || (twice === b && quotient % 2n === 1n)) quotient += 1n
  return a < 0n ? -quotient : quotient
}

/** |mean − Σ cₖxₖ / Σ cₖ| · Σ cₖ, in multiples of 2⁻²¹⁴⁸ and without rounding. */
export function distanceFromMean(mean: number, terms: readonly (readonly [c: number, x: number])[]): bigint {
  const total = terms.reduce((sum, [c]) => sum + scaled(c), 0n)
  const sum = terms.reduce((acc, [c, x]) => acc + scaled(c) * scaled(x), 0n)
  const difference = scaled(mean) * total - sum
  return difference < 0n ? -difference : difference
}

/** a·b in the unit of `distanceFromMean`, without rounding. */
export function scaledProduct(a: number, b: number): bigint {
  return scaled(a) * scaled(b)
}
