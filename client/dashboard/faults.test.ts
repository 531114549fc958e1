import { describe, expect, it } from 'vitest'
import { abandonedRounds, away, dropouts, phaseOf, resumedAt, withNotes } from './faults.ts'
import { clientBar, clientRow, jobRow, roundRow } from './testing.ts'

describe('dropouts', () => {
  const bars = [
    clientBar(1, { state: 'gone' }),
    clientBar(2, { state: 'gone', downloadedAt: 5 }),
    clientBar(3, { state: 'rejected', downloadedAt: 5, trainedAt: 9 }),
    clientBar(4, { state: 'counted', downloadedAt: 5, trainedAt: 9 }),
    clientBar(5, { state: 'train', downloadedAt: 5 }),
  ]

  it('puts reason and phase together from the bars', () => {
    const found = dropouts(jobRow(), [roundRow(1, { bars })])
    expect(found.total).toBe(3)
    expect(found.byReason).toEqual({ gone: 2, declined: 0, rejected: 1, 'cut-off': 0 })
    expect(found.byPhase.download).toMatchObject({ total: 1, byReason: { gone: 1 }, unknown: 0 })
    expect(found.byPhase.train).toMatchObject({ total: 1, byReason: { gone: 1 } })
    expect(found.byPhase.upload).toMatchObject({ total: 1, byReason: { rejected: 1 } })
  })

  it('counts those whose bars are not kept any more, without a reason', () => {
    const job = jobRow({
      dropouts: { gone: 4, declined: 0, rejected: 1, cutOff: 2 },
      dropoutPhases: { download: 1, train: 5, upload: 1 },
    })
    const found = dropouts(job, [roundRow(1, { bars }), roundRow(2, { updates: 3, bars: [] })])
    expect(found.total).toBe(7)
    expect(found.byReason['cut-off']).toBe(2)
    expect(found.byPhase.train).toMatchObject({ total: 5, unknown: 4 })
  })

  it('keeps those from before a restart, of which the coordinator counts none', () => {
    const job = jobRow({ dropouts: { gone: 1, declined: 0, rejected: 0, cutOff: 0 } })
    expect(dropouts(job, [roundRow(1, { bars })]).total).toBe(3)
  })

  it('has nothing to show where nothing went wrong', () => {
    expect(dropouts(jobRow(), [roundRow(1, { bars: bars.slice(3) })]).total).toBe(0)
  })
})

describe('phaseOf', () => {
  it('is the one that had begun', () => {
    expect(phaseOf(clientBar(1))).toBe('download')
    expect(phaseOf(clientBar(1, { downloadedAt: 1 }))).toBe('train')
    expect(phaseOf(clientBar(1, { downloadedAt: 1, trainedAt: 2 }))).toBe('upload')
  })
})

describe('resumedAt', () => {
  const config = { deadlineSeconds: 60 }

  it('is when the deadline began anew', () => {
    expect(resumedAt(roundRow(1, { startedAt: 1000, deadlineAt: 71_000 }), config)).toBe(11_000)
  })

  it('is null for a round that ran through, and where the settings are not known', () => {
    expect(resumedAt(roundRow(1, { startedAt: 1000, deadlineAt: 61_000 }), config)).toBeNull()
    expect(resumedAt(roundRow(1, { deadlineAt: 99_000 }), {})).toBeNull()
    expect(resumedAt(roundRow(1, { deadlineAt: 99_000 }), null)).toBeNull()
  })
})

describe('what is counted at a glance', () => {
  it('abandoned rounds', () => {
    const rounds = [roundRow(1, { state: 'abandoned' }), roundRow(2, { state: 'committed' }), roundRow(3)]
    expect(abandonedRounds(rounds).map((r) => r.round)).toEqual([1])
  })

  it('clients that are away, and those about which there is something to say', () => {
    const clients = [
      clientRow(1, { state: 'reconnecting' }),
      clientRow(2, { state: 'paused', note: 'too few examples' }),
      clientRow(3, { state: 'gone', note: 'left' }),
      clientRow(4, { state: 'train' }),
    ]
    expect(away(clients)).toEqual({ reconnecting: 1, paused: 1 })
    expect(withNotes(clients).map((c) => c.ordinal)).toEqual([2])
  })
})
