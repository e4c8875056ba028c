import { existsSync, readFileSync } from 'node:fs'

/** Adds up results of test runners. */
export function sum(tallies) {
  const total = { passed: 0, failed: 0, skipped: 0 }
  for (const tally of tallies) for (const key of Object.keys(total)) total[key] += tally[key]
  return total
}

/** The line that `npm test` ends with. */
export function closingLine({ passed, failed, skipped }) {
  return `${passed} passed, ${failed} failed, ${skipped} skipped`
}

/** The result in vitest's JSON report. */
export function vitestTally(report) {
  // A file that cannot be loaded is a failed suite without a failed test.
  const brokenFiles = report.testResults.filter(
    (file) => file.status === 'failed' && file.assertionResults.every(notFailed),
  ).length
  return {
    passed: report.numPassedTests,
    failed: report.numFailedTests + brokenFiles,
    skipped: report.numPendingTests + report.numTodoTests,
  }
}

const notFailed = (test) => test.status !== 'failed'

/** The result in Playwright's JSON report. A flaky test passed when it was tried again, which only CI does; the runner names it. */
export function playwrightTally({ stats, errors }) {
  return { passed: stats.expected + stats.flaky, failed: stats.unexpected + errors.length, skipped: stats.skipped }
}

/**
 * What a runner did: its report read by `tallyOf`, and its exit code. A runner that failed without naming a failed test (it
 * crashed, or left no report) counts as one failure.
 */
export function runnerTally(exitCode, reportFile, tallyOf) {
  const tally = existsSync(reportFile)
    ? tallyOf(JSON.parse(readFileSync(reportFile, 'utf8')))
    : { passed: 0, failed: 0, skipped: 0 }
  return exitCode !== 0 && tally.failed === 0 ? { ...tally, failed: 1 } : tally
}
