import { describe, expect, it } from 'vitest'
import { TributaryError } from '../errors/error.ts'
import { FlatParams } from '../tensors/flat.ts'
import type { Layout, TensorRole } from '../tensors/layout.ts'
import type { NamedTensor, NamedTensors } from '../tensors/named.ts'
import { values } from '../tensors/testing.ts'
import { fitWeights } from './initial-weights.ts'

const tensor = (name: string, shape: readonly number[], role: TensorRole) =>
  ({ name, shape, dtype: 'float32', role }) as const
const LAYOUT: Layout = [
  tensor('conv/kernel', [2], 'frozen'),
  tensor('gru/kernel', [3], 'trained'),
  tensor('norm/moving_mean', [1], 'statistic'),
  tensor('head/bias', [2], 'trained'),
]
const DEPTHWISE: Layout = [tensor('d/depthwise_kernel', [2], 'trained')]

const flat = (...numbers: number[]) => FlatParams.concat([Float32Array.from(numbers)])
const drawn = () => ({ params: flat(-1, -2, -3, -4, -5, -6), base: flat(-7, -8) })
const given = (tensors: readonly (readonly [string, ...number[]])[]): NamedTensors => ({
  tensors: tensors.map(([name, ...numbers]): NamedTensor => ({ name, shape: [numbers.length] })),
  values: flat(...tensors.flatMap(([, ...numbers]) => numbers)),
})
const fitted = (tensors: Parameters<typeof given>[0], partial = false) =>
  fitWeights(LAYOUT, drawn(), given(tensors), { source: 'w.safetensors', partial })

function fault(action: () => unknown): string {
  try {
    action()
  } catch (thrown) {
    if (thrown instanceof TributaryError && thrown.code === 'job/weights') return thrown.message
    throw thrown
  }
  throw new Error('nothing was thrown')
}

describe('given weights', () => {
  it('take the places of their tensors, whatever their order, frozen ones too', () => {
    const { params, base, seeded, ignored } = fitted([
      ['head/bias', 1, 2],
      ['norm/moving_mean', 3],
      ['conv/kernel', 4, 5],
      ['gru/kernel', 6, 7, 8],
    ])
    expect(values(params)).toEqual([6, 7, 8, 3, 1, 2])
    expect(values(base)).toEqual([4, 5])
    expect([seeded, ignored]).toEqual([[], []])
  })

  it('may be called as Keras calls them', () => {
    const { params } = fitted([
      ['head/bias:0', 1, 2],
      ['my_model/norm/moving_mean', 3],
      ['conv/kernel', 4, 5],
      ['my_model/gru/gru_cell/kernel', 6, 7, 8],
    ])
    expect(values(params)).toEqual([6, 7, 8, 3, 1, 2])
  })

  it('of a depthwise convolution may be called as Keras 3 calls them', () => {
    for (const name of ['d/kernel', 'model/d/kernel', 'd/depthwise_kernel:0']) {
      const values_ = { params: flat(0, 0), base: flat() }
      const { params } = fitWeights(DEPTHWISE, values_, given([[name, 1, 2]]), { source: 'w', partial: false })
      expect(values(params)).toEqual([1, 2])
    }
  })

  it('that do not fit are refused with all that is wrong at once', () => {
    const message = fault(() =>
      fitted([
        ['conv/kernel', 1, 2, 3],
        ['head/bias', 1, 2],
        ['other', 1],
      ]),
    )
    expect(message).toContain('The weights w.safetensors do not fit the model')
    expect(message).toContain('conv/kernel is [3], and the model’s is [2]')
    expect(message).toContain('gru/kernel, norm/moving_mean are missing')
    expect(message).toContain('other is left over')
    expect(message).toContain('"partial": true')
    expect(message).not.toMatch(/head|, conv\/kernel are missing/)
  })

  it('of which two are one tensor are refused', () => {
    const twice = [
      ['head/bias', 1, 2],
      ['head/bias:0', 1, 2],
    ] as const
    expect(fault(() => fitted(twice, true))).toContain('head/bias and head/bias:0 are both head/bias')
  })

  it('that are no finite numbers are refused, with their tensor', () => {
    expect(fault(() => fitted([['head/bias', 1, Number.NaN]], true))).toContain('no finite numbers, in head/bias')
  })
})

describe('a part of the weights', () => {
  it('leaves the others as they were drawn, and says which', () => {
    const { params, base, seeded, ignored } = fitted(
      [
        ['conv/kernel', 4, 5],
        ['top/kernel', 1],
      ],
      true,
    )
    expect(values(params)).toEqual([-1, -2, -3, -4, -5, -6])
    expect(values(base)).toEqual([4, 5])
    expect(seeded).toEqual(['gru/kernel', 'norm/moving_mean', 'head/bias'])
    expect(ignored).toEqual(['top/kernel'])
  })

  it('must be of the same shape, and hold something of the model', () => {
    expect(fault(() => fitted([['head/bias', 1, 2, 3]], true))).toContain(
      'A layer that is to begin anew needs another name',
    )
    expect(fault(() => fitted([['top/kernel', 1]], true))).toContain(
      'none of its tensors is the model’s: it has top/kernel',
    )
  })
})
