import { describe, expect, it } from 'vitest'
import type { Work } from '../view.ts'
import { isBusy } from './closing.ts'

const task = {
  kind: 'task',
  task: 'train',
  round: 1,
  fraction: 0.5,
  examplesPerSecond: null,
  secondsLeft: null,
} as const

describe('closing a tab', () => {
  it.each(['download', 'train', 'upload', 'turn'] as const)('is asked about during %s', (phase) => {
    expect(isBusy({ ...task, phase })).toBe(true)
  })
  it.each<Work>([{ kind: 'idle' }, { ...task, phase: 'wait' }])(
    'is not asked about while nothing would be lost',
    (work) => {
      expect(isBusy(work)).toBe(false)
    },
  )
})
