import '@tensorflow/tfjs-backend-cpu'
import * as tf from '@tensorflow/tfjs-core'
import { beforeAll, describe, expect, it } from 'vitest'
import { Orthogonal } from './orthogonal.ts'

beforeAll(async () => {
  expect(await tf.setBackend('cpu')).toBe(true)
})

const valuesOf = (shape: number[], config: object = { seed: 3 }) =>
  Array.from(new Orthogonal(config).apply(shape).dataSync())

describe('orthogonal weights', () => {
  it.each([
    [5, 5],
    [4, 12],
    [12, 4],
  ])('of %d × %d have rows, or columns, of length 1 and at right angles', (rows, columns) => {
    const values = valuesOf([rows, columns])
    const few = Math.min(rows, columns)
    const vector = (i: number) =>
      Array.from({ length: Math.max(rows, columns) }, (_, j) =>
        rows < columns ? values[i * columns + j] : values[j * columns + i],
      ) as number[]
    for (let a = 0; a < few; a++) {
      for (let b = 0; b < few; b++) {
        const product = vector(a).reduce((sum, value, j) => sum + value * (vector(b)[j] as number), 0)
        expect(product).toBeCloseTo(a === b ? 1 : 0, 6)
      }
    }
  })

  it('are a function of the seed, have the gain asked for, and more dimensions than two', () => {
    expect(valuesOf([3, 4])).toEqual(valuesOf([3, 4]))
    expect(valuesOf([3, 4])).not.toEqual(valuesOf([3, 4], { seed: 4 }))
    expect(valuesOf([3, 4], {})).not.toEqual(valuesOf([3, 4], {}))
    valuesOf([3, 4], { seed: 3, gain: 2 }).forEach((value, i) => {
      expect(value).toBeCloseTo(2 * (valuesOf([3, 4])[i] as number), 6)
    })
    expect(valuesOf([2, 2, 5])).toEqual(valuesOf([4, 5]))
  })

  it('are what is made where tfjs-layers is asked for its own', () => {
    expect(tf.serialization.SerializationMap.getMap().classNameMap.Orthogonal?.[0]).toBe(Orthogonal)
  })
})
