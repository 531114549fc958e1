import { describe, expect, it } from 'vitest'
import type { DashboardChange } from '../../shared/protocol/dashboard.ts'
import { applyChange, applyChanges } from './store.ts'
import { clientRow, dashboardSnapshot, jobRow, roundRow, versionRow } from './testing.ts'

const before = dashboardSnapshot({
  clients: [clientRow(1), clientRow(2), clientRow(3)],
  rounds: [roundRow(1)],
  versions: [versionRow(0, 0.1)],
  log: [{ id: 1, at: 0, level: 'info', message: 'began' }],
})

describe('applyChange', () => {
  it('replaces a row where it stands, by its key', () => {
    const after = applyChange(before, { kind: 'client', row: clientRow(2, { state: 'train' }) })
    expect(after.clients.map((c) => [c.id, c.state])).toEqual([
      ['c1', 'idle'],
      ['c2', 'train'],
      ['c3', 'idle'],
    ])
  })

  it('puts a new row at the end', () => {
    expect(applyChange(before, { kind: 'client', row: clientRow(4) }).clients.at(-1)?.id).toBe('c4')
    expect(applyChange(before, { kind: 'round', row: roundRow(2) }).rounds.map((r) => r.key)).toEqual(['1.1', '2.1'])
    expect(applyChange(before, { kind: 'version', row: versionRow(1, 0.5) }).versions).toHaveLength(2)
  })

  it('fills in a version’s score when it comes later', () => {
    const after = applyChange(before, { kind: 'version', row: versionRow(0, 0.2) })
    expect(after.versions.map((v) => v.test?.metrics.accuracy)).toEqual([0.2])
  })

  it('takes a removed client away, and knows no removed stranger', () => {
    expect(applyChange(before, { kind: 'client-removed', id: 'c2' }).clients.map((c) => c.id)).toEqual(['c1', 'c3'])
    expect(applyChange(before, { kind: 'client-removed', id: 'x' }).clients).toHaveLength(3)
  })

  it('replaces the job', () => {
    expect(applyChange(before, { kind: 'job', row: jobRow({ state: 'paused' }) }).job.state).toBe('paused')
  })

  it('leaves the old snapshot and untouched tables as they are', () => {
    const copy = structuredClone(before)
    const after = applyChange(before, { kind: 'client', row: clientRow(1, { state: 'gone' }) })
    expect(before).toEqual(copy)
    expect(after.rounds).toBe(before.rounds)
    expect(after.versions).toBe(before.versions)
    expect(after.log).toBe(before.log)
  })

  it('keeps the last 200 rounds and 500 lines of log', () => {
    let now = before
    for (let n = 2; n <= 230; n++) now = applyChange(now, { kind: 'round', row: roundRow(n) })
    for (let id = 2; id <= 600; id++) {
      now = applyChange(now, { kind: 'log', row: { id, at: id, level: 'info', message: '' } })
    }
    expect(now.rounds).toHaveLength(200)
    expect(now.rounds[0]?.round).toBe(31)
    expect(now.log).toHaveLength(500)
    expect(now.log.at(-1)?.id).toBe(600)
  })

  it('ignores a kind that it does not know', () => {
    const change = { kind: 'weather', row: 'fair' } as unknown as DashboardChange
    expect(applyChange(before, change)).toEqual(before)
  })
})

describe('applyChanges', () => {
  it('gives the same as its changes one by one', () => {
    const changes: DashboardChange[] = [
      { kind: 'client', row: clientRow(4) },
      { kind: 'client', row: clientRow(4, { state: 'train' }) },
      { kind: 'client-removed', id: 'c1' },
      { kind: 'round', row: roundRow(1, { state: 'committed' }) },
      { kind: 'version', row: versionRow(1, 0.4) },
      { kind: 'job', row: jobRow({ round: 1 }) },
      { kind: 'log', row: { id: 2, at: 1, level: 'warn', message: 'x' } },
    ]
    expect(applyChanges(before, changes)).toEqual(changes.reduce(applyChange, before))
  })

  it('starts anew at a reset and goes on with what follows it', () => {
    const after = applyChanges(before, [
      { kind: 'client', row: clientRow(9) },
      { kind: 'reset', snapshot: dashboardSnapshot({ clients: [clientRow(1)] }) },
      { kind: 'client', row: clientRow(2) },
    ])
    expect(after.clients.map((c) => c.id)).toEqual(['c1', 'c2'])
    expect(after.rounds).toEqual([])
    expect(after.versions).toEqual([])
  })
})
