import '@tensorflow/tfjs-backend-cpu'
import * as tf from '@tensorflow/tfjs-core'
import * as fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import { pointwiseOf } from './pointwise.ts'
import type { ProgramNote } from './program-note.ts'

beforeAll(async () => {
  expect(await tf.setBackend('cpu')).toBe(true)
})

const NOTE: Omit<ProgramNote, 'key' | 'inputs' | 'output'> = { op: null, permutation: null, uniforms: [], recipe: null }

/** WGSL of indices as JavaScript: 32-bit whole numbers are BigInts that wrap. */
function index(wgsl: string, i: number): number {
  const text = wgsl.replace(/(\d+)u/g, '$1n')
  return Number(BigInt.asUintN(32, new Function('i', `return ${text}`)(BigInt(i)) as bigint))
}

/** WGSL of elements as JavaScript. */
function element(wgsl: string, i: number, values: readonly number[]): number {
  const text = wgsl.replace(/\b(\d+)u/g, '$1n').replace(/(\d(?:\.\d+)?(?:e[-+]?\d+)?)f\b/g, '$1')
  const names = values.map((_, n) => `x${n}`)
  const select = (no: number, yes: number, condition: boolean) => (condition ? yes : no)
  const clamp = (value: number, low: number, high: number) => Math.min(Math.max(value, low), high)
  const run = new Function('i', 'select', 'clamp', 'trunc', 'sqrt', 'abs', ...names, `return ${text}`)
  return run(BigInt(i), select, clamp, Math.trunc, Math.sqrt, Math.abs, ...values) as number
}

/** What a fused program would compute of these tensors. */
function computed(note: ProgramNote, tensors: readonly tf.Tensor[]): number[] {
  const pointwise = pointwiseOf(note)
  if (!pointwise) throw new Error(`${note.key} is not among them.`)
  const data = tensors.map((tensor) => tensor.dataSync())
  const names = tensors.map((_, n) => `x${n}`)
  return Array.from({ length: pointwise.size }, (_, i) => {
    // A read past the end gives whatever: the program throws it away.
    const values = pointwise.reads.map((read, n) => data[n]?.[index(read.index, i)] ?? Number.NaN)
    return element(pointwise.expression(names), i, values)
  })
}

const float = (tensor: tf.Tensor) => ({ shape: tensor.shape, type: 'float32' as const })
const note = (key: string, inputs: readonly tf.Tensor[], output: tf.Tensor, more: Partial<ProgramNote> = {}) => ({
  ...NOTE,
  key: `${key}_64,1,1`,
  inputs: inputs.map(float),
  output: float(output),
  ...more,
})

const shape = fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 4 })
const counting = (dimensions: readonly number[]) =>
  tf.tensor(
    Array.from({ length: dimensions.reduce((n, d) => n * d, 1) }, (_, i) => i + 1),
    [...dimensions],
  )
const values = (tensor: tf.Tensor) => Array.from(tensor.dataSync())

describe('what a fused program reads is what tfjs’ reads', () => {
  it('of a broadcast', () => {
    const cases = shape.chain((whole) =>
      fc.record({
        whole: fc.constant(whole),
        kept: fc.array(fc.boolean(), { minLength: whole.length, maxLength: whole.length }),
        lead: fc.nat(whole.length - 1),
      }),
    )
    void fc.assert(
      fc.property(cases, ({ whole, kept, lead }) => {
        const a = counting(whole)
        const b = counting(whole.map((d, i) => (kept[i] ? d : 1)).slice(lead))
        expect(computed(note('binary_22', [a, b], a, { op: 22 }), [a, b])).toEqual(values(tf.sub(a, b)))
        expect(computed(note('binary_22', [b, a], a, { op: 22 }), [b, a])).toEqual(values(tf.sub(b, a)))
      }),
    )
  })

  it('of a slice and of a pad', () => {
    const cases = fc.array(fc.tuple(fc.integer({ min: 1, max: 4 }), fc.nat(2), fc.nat(2)), {
      minLength: 1,
      maxLength: 4,
    })
    void fc.assert(
      fc.property(cases, (dimensions) => {
        const inner = counting(dimensions.map(([size]) => size))
        const paddings = dimensions.map(([, before, after]): [number, number] => [before, after])
        const padded = tf.pad(inner, paddings, -7)
        const pad = note('pad', [inner], padded, { uniforms: [[-7], ...paddings] })
        expect(computed(pad, [inner])).toEqual(values(padded))
        const outer = counting(padded.shape)
        const start = paddings.map(([before]) => before)
        const sliced = tf.slice(outer, start, inner.shape)
        expect(computed(note('slice', [outer], sliced, { uniforms: [start] }), [outer])).toEqual(values(sliced))
      }),
    )
  })

  it('of a transposition', () => {
    const cases = shape.chain((dimensions) =>
      fc.tuple(
        fc.constant(dimensions),
        fc.shuffledSubarray(
          dimensions.map((_, d) => d),
          { minLength: dimensions.length },
        ),
      ),
    )
    void fc.assert(
      fc.property(cases, ([dimensions, permutation]) => {
        const a = counting(dimensions)
        const turned = tf.transpose(a, permutation)
        expect(computed(note('transpose', [a], turned, { permutation }), [a])).toEqual(values(turned))
      }),
    )
    const matrix = counting([3, 5])
    const turned = tf.transpose(matrix)
    expect(computed(note('transposeShared', [matrix], turned), [matrix])).toEqual(values(turned))
  })

  it('of matrices that are joined along their rows', () => {
    void fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 4 }),
        fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 2, maxLength: 4 }),
        (rows, widths) => {
          const parts = widths.map((width) => counting([rows, width]) as tf.Tensor2D)
          const joined = tf.concat(parts, 1)
          expect(computed(note('concat', parts, joined), parts)).toEqual(values(joined))
        },
      ),
    )
  })

  it('of a tile', () => {
    const cases = fc.array(fc.tuple(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 3 })), {
      minLength: 1,
      maxLength: 4,
    })
    void fc.assert(
      fc.property(cases, (dimensions) => {
        const a = counting(dimensions.map(([size]) => size))
        const tiled = tf.tile(
          a,
          dimensions.map(([, times]) => times),
        )
        expect(computed(note('tile', [a], tiled), [a])).toEqual(values(tiled))
      }),
    )
  })
})

it('a condition chooses, a bound bounds, a sum of many is one', () => {
  const [c, a, b] = [tf.tensor1d([1, 0, 1]), tf.tensor1d([1, 2, 3]), tf.tensor1d([-4, -5, -6])]
  expect(computed(note('select', [c, a, b], a), [c, a, b])).toEqual([1, -5, 3])
  expect(computed(note('addN', [c, a, b], a), [c, a, b])).toEqual([-2, -3, -2])
})

it('what is not known is left as it is', () => {
  const a = tf.tensor1d([1])
  expect(pointwiseOf(note('reduce_sum', [a], a))).toBeNull()
  expect(pointwiseOf(note('binary_1', [a, a], a, { op: 1 }))).toBeNull()
  // A condition of another rank, a constant that WGSL cannot write down.
  expect(pointwiseOf(note('select', [tf.scalar(1), a, a], a))).toBeNull()
  expect(pointwiseOf(note('fill', [], a, { uniforms: [[Number.POSITIVE_INFINITY]] }))).toBeNull()
})
