import { describe, expect, it } from 'vitest'
import { bestVersion, contributionBySpeed, headline, present, timeLeft } from './summary.ts'
import { clientRow, jobRow, roundRow, versionRow } from './testing.ts'

describe('headline', () => {
  it('is the latest version that has been scored', () => {
    const head = headline([versionRow(0, 0.1), versionRow(1, 0.6), versionRow(2, null)], 'accuracy')
    expect(head).toMatchObject({
      metric: 'accuracy',
      value: 0.6,
      version: 1,
      before: { version: 0, value: 0.1 },
      by: 'test',
    })
  })

  it('takes the clients’ score where the coordinator has none', () => {
    const clients = { metrics: { accuracy: 0.7 }, loss: 0.3, examples: 60 }
    expect(headline([versionRow(1, null, { clients })], 'accuracy')).toMatchObject({
      value: 0.7,
      by: 'clients',
      examples: 60,
    })
  })

  it('is the loss for a job without accuracy, and null before any score', () => {
    const test = { metrics: {}, loss: 0.25, examples: 10 }
    expect(headline([versionRow(1, null, { test })], 'accuracy')).toMatchObject({ metric: 'loss', value: 0.25 })
    expect(headline([versionRow(0, null)], 'accuracy')).toBeNull()
  })
})

describe('bestVersion', () => {
  it('is the most accurate, the earlier of equals', () => {
    expect(
      bestVersion([versionRow(0, 0.1), versionRow(1, 0.8), versionRow(2, 0.8), versionRow(3, 0.7)], 'accuracy'),
    ).toBe(1)
  })

  it('has the lowest loss where there is no accuracy', () => {
    const lossy = (version: number, loss: number) =>
      versionRow(version, null, { test: { metrics: {}, loss, examples: 1 } })
    expect(bestVersion([lossy(0, 2), lossy(1, 0.5), lossy(2, 0.9)], 'accuracy')).toBe(1)
  })
})

describe('timeLeft', () => {
  const committed = [1, 2].map((n) =>
    roundRow(n, { state: 'committed', startedAt: n * 10_000, endedAt: n * 10_000 + 8000 }),
  )

  it('counts the pauses between rounds', () => {
    expect(timeLeft(jobRow({ round: 2, rounds: 10 }), committed)).toBe(9000 * 8)
  })

  it('is unknown before the first commit, and when the job does not run', () => {
    expect(timeLeft(jobRow(), [roundRow(1)])).toBeNull()
    expect(timeLeft(jobRow({ state: 'paused' }), committed)).toBeNull()
  })
})

describe('clients', () => {
  it('are here until they leave', () => {
    expect(present([clientRow(1), clientRow(2, { state: 'gone' }), clientRow(3, { state: 'reconnecting' })])).toBe(2)
  })

  it('are compared by speed from six on', () => {
    const clients = [1, 2, 3, 4, 5, 6].map((n) => clientRow(n, { examplesPerSecond: n * 100, contributed: n }))
    expect(contributionBySpeed(clients)).toEqual({ fast: 5.5, slow: 1.5 })
    expect(contributionBySpeed(clients.slice(1))).toBeNull()
  })
})
