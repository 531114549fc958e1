// Counting tests: what each tool's JSON report and exit status amount to.

export const passed = (tests = 1) => ({ passed: tests, failed: 0, skipped: 0 })

/** One failed test, with what is wrong in words. */
export const failed = (problem) => ({ passed: 0, failed: 1, skipped: 0, problem })

/** Counts from vitest's JSON report. A file that could not even be loaded holds no test, but it is a failure. */
export function vitestCounts(report, code) {
  const brokenFiles = report.testResults.filter(
    (file) => file.status === 'failed' && !file.assertionResults.some((test) => test.status === 'failed'),
  )
  return complete(
    {
      passed: report.numPassedTests,
      failed: report.numFailedTests + brokenFiles.length,
      skipped: report.numPendingTests + (report.numTodoTests ?? 0),
    },
    code,
  )
}

/** Counts from Playwright's JSON report. A test that passed only when repeated counts as failed. */
export function playwrightCounts(report, code) {
  const { expected, unexpected, flaky, skipped } = report.stats
  return complete({ passed: expected, failed: unexpected + flaky, skipped }, code)
}

function complete(counts, code) {
  if (counts.failed > 0) return counts
  if (counts.passed === 0) return { ...counts, failed: 1, problem: 'No test ran in this stage.' }
  if (code !== 0)
    return { ...counts, failed: 1, problem: `All tests passed, but the runner ended with status ${code}.` }
  return counts
}
