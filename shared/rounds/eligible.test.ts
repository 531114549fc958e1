import { describe, expect, it } from 'vitest'
import { type EligibilityRules, ineligibility } from './eligible.ts'
import { Story, types } from './testing.ts'

const EVERYBODY: EligibilityRules = { minExamples: 1, maxExamples: null, backends: null, hardware: false }
const GPU = { backend: 'webgpu', hardware: true } as const
const EMULATED = { backend: 'webgpu', hardware: false } as const
const WASM = { backend: 'wasm', hardware: false } as const

describe('R1: whom a job takes', () => {
  it.each([
    ['anybody, where nothing is demanded', {}, WASM, 1],
    ['exactly the least number of examples', { minExamples: 60 }, WASM, 60],
    ['exactly the greatest number of examples', { maxExamples: 60 }, WASM, 60],
    ['one of the backends', { backends: ['webgpu', 'wasm'] as const }, WASM, 1],
    ['a graphics card', { hardware: true }, GPU, 1],
    [
      'a client that fits in every way',
      { minExamples: 2, maxExamples: 4, backends: ['webgpu'] as const, hardware: true },
      GPU,
      3,
    ],
  ])('takes %s', (_, rules, capabilities, train) => {
    expect(ineligibility({ ...EVERYBODY, ...rules }, capabilities, { train })).toBe('')
  })

  it.each([
    ['too few examples', { minExamples: 60 }, WASM, 59, /at least 60 examples; this tab has 59\. Choose more data\./],
    ['too many examples', { maxExamples: 60 }, WASM, 61, /at most 60 examples; this tab has 61\. Choose fewer data\./],
    [
      'another backend',
      { backends: ['webgpu', 'webgl'] as const },
      WASM,
      1,
      /on webgpu or webgl; this tab computes on wasm\./,
    ],
    ['no backend at all that is listed', { backends: [] }, WASM, 1, /this tab computes on wasm/],
    ['an emulated graphics card', { hardware: true }, EMULATED, 1, /this tab’s webgpu is emulated\./],
    ['no graphics card', { hardware: true }, WASM, 1, /hardware WebGPU or WebGL/],
  ])('says what is wrong with %s, and what to do', (_, rules, capabilities, train, sentence) => {
    expect(ineligibility({ ...EVERYBODY, ...rules }, capabilities, { train })).toMatch(sentence)
  })
})

describe('R1: a client that does not fit the job', () => {
  const joins = (story: Story, clientId: string, eligible: boolean) =>
    story.on({ type: 'client-joined', clientId, examples: 100, eligible, available: true })

  it('is never selected, and does not count as one who is there', () => {
    const story = new Story({ minClients: 2 })
    joins(story, 'a', true)
    expect(joins(story, 'misfit', false)).toEqual([])
    story.on({ type: 'client-available', clientId: 'misfit', available: true })
    expect(types(joins(story, 'b', true))).toEqual(['open'])
    expect(story.selected()).toEqual(['a', 'b'])
  })

  it('takes no part in the final evaluation either', () => {
    const story = new Story({ minClients: 1, finalEvaluation: true }, { rounds: 1 })
    joins(story, 'a', true)
    joins(story, 'misfit', false)
    story.answer('a')
    story.committed()
    expect(story.opened().kind).toBe('evaluate')
    expect(story.selected()).toEqual(['a'])
  })

  it('brings the task that it has to its end when it joins anew and fits no more', () => {
    const story = new Story({ minClients: 1 }, { rounds: 9 })
    story.startWith('a', 'b')
    joins(story, 'a', false)
    story.answer('a')
    expect(types(story.answer('b'))).toEqual(['commit'])
    story.committed()
    expect(story.selected()).toEqual(['b'])
    // And is selected again once it has found more data.
    joins(story, 'a', true)
    story.answer('b')
    story.committed()
    expect(story.selected()).toEqual(['a', 'b'])
  })
})
