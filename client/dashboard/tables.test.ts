import { describe, expect, it } from 'vitest'
import { fileName } from './file-name.ts'
import { settingRows } from './setting-rows.ts'
import { type SortKey, sortRows } from './sorting.ts'

describe('sortRows', () => {
  const rows = [
    { n: 1, key: 5 },
    { n: 2, key: null },
    { n: 3, key: 9 },
    { n: 4, key: 5 },
  ] as { n: number; key: SortKey }[]
  const order = (descending: boolean) =>
    sortRows(
      rows,
      (r) => r.key,
      descending,
      (r) => r.n,
    ).map((r) => r.n)

  it('puts the unknown last both ways, and equals in their own order', () => {
    expect(order(false)).toEqual([1, 4, 3, 2])
    expect(order(true)).toEqual([3, 1, 4, 2])
  })

  it('sorts words as people do', () => {
    const words = ['client 10', 'Client 9', 'client 1']
    const sorted = sortRows(
      words,
      (w) => w,
      false,
      () => 0,
    )
    expect(sorted).toEqual(['client 1', 'Client 9', 'client 10'])
  })
})

describe('settingRows', () => {
  it('spells out a configuration, and counts what is too deep to read', () => {
    const rows = settingRows({
      rounds: 20,
      train: { batchSize: 32, metrics: ['accuracy'] },
      model: { topology: { config: { layers: [{ a: 1 }] } } },
      classes: [],
      seed: null,
      items: [{}, {}],
    })
    expect(rows.map((r) => [r.path, r.label, r.value])).toEqual([
      ['rounds', 'rounds', '20'],
      ['train.batchSize', 'train · batch size', '32'],
      ['train.metrics', 'train · metrics', 'accuracy'],
      ['model.topology.config', 'model · topology · config', '{"layers":[{"a":1}]}'],
      ['classes', 'classes', 'none'],
      ['seed', 'seed', 'none'],
      ['items', 'items', '2 items'],
    ])
  })

  it('has nothing to say of nothing', () => {
    expect(settingRows(undefined)).toEqual([])
  })
})

describe('fileName', () => {
  it('keeps letters and digits', () => {
    expect(fileName('Digits together v7')).toBe('digits-together-v7')
    expect(fileName('Überblick / 数字')).toBe('uberblick')
    expect(fileName('数字')).toBe('tributary')
  })
})
