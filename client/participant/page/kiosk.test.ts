import { describe, expect, it } from 'vitest'
import { parseKiosk } from './kiosk.ts'

describe('parseKiosk', () => {
  it('asks for nothing by default', () => {
    expect(parseKiosk('')).toEqual({
      auto: false,
      source: null,
      writer: null,
      examples: null,
      part: null,
      backend: null,
      problems: [],
    })
  })
  it('reads every parameter', () => {
    expect(parseKiosk('?auto&data=synthetic-digits&writer=3&examples=600&backend=wasm')).toMatchObject({
      auto: true,
      source: 'synthetic-digits',
      writer: 3,
      examples: 600,
      backend: 'wasm',
      problems: [],
    })
    expect(parseKiosk('?data=partition&part=2')).toMatchObject({ source: 'partition', part: 2, problems: [] })
  })
  it('takes the source from the parameter that belongs to it', () => {
    expect(parseKiosk('?part=2').source).toBe('partition')
    expect(parseKiosk('?writer=9').source).toBe('synthetic-digits')
  })
  it('leaves parameters alone that are not its own', () => {
    expect(parseKiosk('?token=abc').problems).toEqual([])
  })
  it.each([
    ['?writer=0', 'writer=0'],
    ['?writer=1e3', 'writer=1e3'],
    ['?writer=', 'writer='],
    ['?examples=7', 'from 20 to 20,000'],
    ['?part=-1', 'part=-1'],
    ['?data=idx', 'synthetic-digits or partition'],
    ['?backend=gpu', 'auto, webgpu, wasm, webgl or cpu'],
    ['?auto=maybe', 'auto=maybe'],
    ['?data=partition&writer=3', 'belong to data=synthetic-digits'],
    ['?part=2&examples=600', 'belongs to data=partition'],
  ])('answers %s with a sentence', (search, words) => {
    const { problems } = parseKiosk(search)
    expect(problems).toHaveLength(1)
    expect(problems[0]).toContain(words)
  })
  it('does not join by itself when something in the link is wrong', () => {
    expect(parseKiosk('?auto&writer=x').auto).toBe(false)
    expect(parseKiosk('?auto=1').auto).toBe(true)
    expect(parseKiosk('?auto=0').auto).toBe(false)
  })
})
