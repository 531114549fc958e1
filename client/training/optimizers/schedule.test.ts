import { describe, expect, it } from 'vitest'
import type { Schedule } from '../../../shared/protocol/participant.ts'
import { learningRateAt, learningRateOf } from './schedule.ts'
import { settingsOf } from './testing.ts'

const at = (schedule: Partial<Schedule>, rounds: readonly number[]) => {
  const settings = settingsOf({
    learningRate: 0.4,
    schedule: { kind: 'constant', period: 10, factor: 0, warmUp: 0, ...schedule },
  })
  return rounds.map((round) => Number(learningRateAt(settings, round).toFixed(10)))
}

describe('the learning rate', () => {
  it('stays where it has no schedule', () => {
    expect(at({}, [0, 0.5, 7, 1e6])).toEqual([0.4, 0.4, 0.4, 0.4])
  })

  it('falls in steps', () => {
    expect(at({ kind: 'step', factor: 0.5 }, [0, 9.99, 10, 19.99, 20, 35])).toEqual([0.4, 0.4, 0.2, 0.2, 0.1, 0.05])
  })

  it('falls by a cosine to its end, and stays there', () => {
    expect(at({ kind: 'cosine' }, [0, 5, 10, 11])).toEqual([0.4, 0.2, 0, 0])
    expect(at({ kind: 'cosine', factor: 0.1 }, [0, 2.5, 10, 1e6])).toEqual([
      0.4,
      Number((0.4 * (0.1 + 0.45 * (1 + Math.SQRT1_2))).toFixed(10)),
      0.04,
      0.04,
    ])
  })

  it('rises first where there is a warm-up, whatever comes after it', () => {
    expect(at({ warmUp: 2 }, [0, 0.5, 1, 2, 3])).toEqual([0, 0.1, 0.2, 0.4, 0.4])
    expect(at({ kind: 'step', period: 1, factor: 0.5, warmUp: 2 }, [0.5, 1, 2])).toEqual([0.1, 0.1, 0.1])
  })

  it('goes by the middle of each step of a round', () => {
    const settings = settingsOf({
      learningRate: 1,
      schedule: { kind: 'constant', period: 1, factor: 0, warmUp: 2 },
    })
    const rates = [1, 2, 3].flatMap((round) => [0, 1].map((step) => learningRateOf(settings, round, step, 2)))
    expect(rates).toEqual([0.125, 0.375, 0.625, 0.875, 1, 1])
  })
})
