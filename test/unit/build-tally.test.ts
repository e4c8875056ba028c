import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { closingLine, playwrightTally, runnerTally, sum, vitestTally } from '../../build/lib/tally.mjs'

const vitestReport = {
  numPassedTests: 5,
  numFailedTests: 1,
  numPendingTests: 2,
  numTodoTests: 1,
  testResults: [
    { status: 'failed', assertionResults: [{ status: 'failed' }, { status: 'passed' }] },
    { status: 'failed', assertionResults: [] },
    { status: 'passed', assertionResults: [{ status: 'passed' }] },
  ],
}

describe('the closing line', () => {
  it('adds up every runner', () => {
    const total = sum([
      { passed: 2, failed: 0, skipped: 1 },
      { passed: 3, failed: 1, skipped: 0 },
    ])
    expect(closingLine(total)).toBe('5 passed, 1 failed, 1 skipped')
  })

  it('is zeroes when nothing ran', () => {
    expect(closingLine(sum([]))).toBe('0 passed, 0 failed, 0 skipped')
  })

  it('counts a file that vitest cannot load as a failure', () => {
    expect(vitestTally(vitestReport)).toEqual({ passed: 5, failed: 2, skipped: 3 })
  })

  it('counts what passed when tried again as passed, and errors outside tests as failures of Playwright', () => {
    const stats = { expected: 4, unexpected: 1, flaky: 1, skipped: 2 }
    expect(playwrightTally({ stats, errors: [{}] })).toEqual({ passed: 5, failed: 2, skipped: 2 })
  })
})

describe('a runner', () => {
  let folder: string
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'oxbow-tally-'))
  })
  afterEach(() => rmSync(folder, { recursive: true, force: true }))

  const passing = { passed: 3, failed: 0, skipped: 0 }

  it('that ended well is what its report says', () => {
    const report = join(folder, 'report.json')
    writeFileSync(report, '{}')
    expect(runnerTally(0, report, () => passing)).toEqual(passing)
  })

  it('that ended badly without a failed test counts as one failure', () => {
    const report = join(folder, 'report.json')
    writeFileSync(report, '{}')
    expect(runnerTally(1, report, () => passing)).toEqual({ passed: 3, failed: 1, skipped: 0 })
    expect(runnerTally(139, join(folder, 'absent.json'), () => passing)).toEqual({ passed: 0, failed: 1, skipped: 0 })
  })
})
