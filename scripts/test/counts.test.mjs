import { describe, expect, it } from 'vitest'
import { playwrightCounts, vitestCounts } from './counts.mjs'
import { lastLine, table } from './report.mjs'

const report = (passed, more = {}) => ({
  numPassedTests: passed,
  numFailedTests: 0,
  numPendingTests: 0,
  numTodoTests: 0,
  testResults: [],
  ...more,
})

describe('counts', () => {
  it('are the report’s when all is well', () => {
    expect(vitestCounts(report(5, { numPendingTests: 1 }), 0)).toEqual({ passed: 5, failed: 0, skipped: 1 })
    expect(playwrightCounts({ stats: { expected: 3, unexpected: 0, flaky: 1, skipped: 2 } }, 1)).toEqual({
      passed: 3,
      failed: 1,
      skipped: 2,
    })
  })

  it('hold a failure for a file that could not be loaded', () => {
    const broken = report(5, { testResults: [{ status: 'failed', assertionResults: [] }] })
    expect(vitestCounts(broken, 1).failed).toBe(1)
  })

  it('hold a failure where no test ran or the runner itself failed', () => {
    expect(vitestCounts(report(0), 0)).toMatchObject({ failed: 1, problem: 'No test ran in this stage.' })
    expect(vitestCounts(report(5), 1)).toMatchObject({ passed: 5, failed: 1 })
  })
})

describe('the end of npm test', () => {
  const results = [
    { name: 'lint', passed: 1, failed: 0, skipped: 0, ms: 1_234 },
    { name: 'unit', passed: 80, failed: 2, skipped: 0, ms: 20_000 },
  ]

  it('is exactly `N passed, N failed`; what was skipped stands in the table', () => {
    expect(lastLine(results)).toBe('81 passed, 2 failed')
    expect(lastLine([...results, { passed: 0, failed: 0, skipped: 3 }])).toBe('81 passed, 2 failed')
  })

  it('follows a line a stage', () => {
    expect(table(results).split('\n')[0]).toMatch(/^lint +1 passed +0 failed +1\.2 s$/)
  })
})
