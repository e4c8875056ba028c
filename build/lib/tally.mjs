import { existsSync, readFileSync } from 'node:fs'

/** What a runner has to tell: how many tests came out how, and which failed, as `file > name`. */
const NOTHING = { passed: 0, failed: 0, skipped: 0, failures: [] }

/** Adds up results of test runners. */
export function sum(tallies) {
  return tallies.reduce(
    (total, tally) => ({
      passed: total.passed + tally.passed,
      failed: total.failed + tally.failed,
      skipped: total.skipped + tally.skipped,
      failures: [...total.failures, ...tally.failures],
    }),
    NOTHING,
  )
}

/** What `npm test` ends with: each failed test by its name, and the closing line. */
export function closingLines({ passed, failed, skipped, failures }) {
  return [...failures.map((name) => `✗ ${name}`), `${passed} passed, ${failed} failed, ${skipped} skipped`].join('\n')
}

/** The result in vitest's JSON report. */
export function vitestTally(report) {
  const failures = report.testResults.flatMap((file) => {
    const failed = file.assertionResults
      .filter((test) => test.status === 'failed')
      .map((test) => `${file.name} > ${test.fullName}`)
    // A file that cannot be loaded is a failed suite without a failed test.
    return file.status === 'failed' && failed.length === 0 ? [file.name] : failed
  })
  return {
    passed: report.numPassedTests,
    failed: failures.length,
    skipped: report.numPendingTests + report.numTodoTests,
    failures,
  }
}

/** The result in Playwright's JSON report. A flaky test passed when it was tried again, which only CI does; the runner names it. */
export function playwrightTally({ stats, errors, suites }) {
  const failures = [...suites.flatMap(failuresIn), ...errors.map((error) => error.message ?? 'an error outside of tests')]
  return { passed: stats.expected + stats.flaky, failed: failures.length, skipped: stats.skipped, failures }
}

const failuresIn = ({ specs, suites = [] }) => [
  ...specs
    .filter((spec) => spec.tests.some((test) => test.status === 'unexpected'))
    .map((spec) => `${spec.file} > ${spec.title}`),
  ...suites.flatMap(failuresIn),
]

/**
 * What a runner did: its report read by `tallyOf`, and its exit code. A runner that failed without naming a failed test (it
 * crashed, or left no report) counts as one failure.
 */
export function runnerTally(exitCode, reportFile, tallyOf) {
  const tally = existsSync(reportFile) ? tallyOf(JSON.parse(readFileSync(reportFile, 'utf8'))) : NOTHING
  return exitCode !== 0 && tally.failed === 0
    ? { ...tally, failed: 1, failures: [`the runner ended with ${exitCode}: ${reportFile}`] }
    : tally
}
