import { describe, expect, it } from 'vitest'
import { jobRow, roundRow } from './testing.ts'
import { inSentence, jobSentence, lasted, measuredRates, roundSentence } from './words.ts'

describe('an abandoned round', () => {
  const reason = '1 of the 2 answers needed had come at the deadline'

  it('says after how long, and why, in sentences', () => {
    const round = roundRow(3, { state: 'abandoned', reason, endedAt: 20_000 })
    expect(roundSentence(round, 0)).toBe(`after 20 s. ${reason}.`)
  })

  it('says no time where a restart ended it', () => {
    const round = roundRow(3, { state: 'abandoned', reason: 'the coordinator was restarted', endedAt: 0 })
    expect(lasted(round)).toBeNull()
    expect(roundSentence(round, 0)).toBe('The coordinator was restarted.')
  })

  it('leaves whole sentences as they are', () => {
    expect(inSentence('The disk is full. Make room.')).toBe('The disk is full. Make room.')
    expect(inSentence('')).toBe('')
  })
})

describe('measured rates', () => {
  it('are told where there was a choice', () => {
    const rates = [
      { backend: 'webgpu', examplesPerSecond: 12_345.6 },
      { backend: 'wasm', examplesPerSecond: 700 },
    ] as const
    expect(measuredRates(rates)).toMatch(/webgpu 12,346, wasm 700\.$/)
    expect(measuredRates(rates.slice(0, 1))).toBe('')
  })
})

describe('a job that waits', () => {
  it('tells how many are missing', () => {
    expect(jobSentence(jobRow({ state: 'waiting' }), 1)).toMatch(/^1 of 2 clients here/)
  })

  it('does not ask for more where enough are here: those from before a restart are awaited', () => {
    expect(jobSentence(jobRow({ state: 'waiting' }), 2)).toMatch(/^2 clients here, enough for a round/)
  })
})
