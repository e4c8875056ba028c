import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { closingLines, playwrightTally, runnerTally, sum, vitestTally } from '../../build/lib/tally.mjs'

const vitestReport = {
  numPassedTests: 5,
  numFailedTests: 1,
  numPendingTests: 2,
  numTodoTests: 1,
  testResults: [
    {
      name: 'a.test.ts',
      status: 'failed',
      assertionResults: [
        { status: 'failed', fullName: 'a room is open' },
        { status: 'passed', fullName: 'a room is shut' },
      ],
    },
    { name: 'broken.test.ts', status: 'failed', assertionResults: [] },
    { name: 'b.test.ts', status: 'passed', assertionResults: [{ status: 'passed', fullName: 'well' }] },
  ],
}

describe('the closing line', () => {
  it('adds up every runner, and comes after the names of what failed', () => {
    const total = sum([
      { passed: 2, failed: 0, skipped: 1, failures: [] },
      { passed: 3, failed: 1, skipped: 0, failures: ['a.test.ts > a room is open'] },
    ])
    expect(closingLines(total)).toBe('✗ a.test.ts > a room is open\n5 passed, 1 failed, 1 skipped')
  })

  it('is zeroes when nothing ran', () => {
    expect(closingLines(sum([]))).toBe('0 passed, 0 failed, 0 skipped')
  })

  it('names what failed, and counts a file that vitest cannot load', () => {
    const failures = ['a.test.ts > a room is open', 'broken.test.ts']
    expect(vitestTally(vitestReport)).toEqual({ passed: 5, failed: 2, skipped: 3, failures })
  })

  it('counts what passed when tried again as passed, and errors outside tests as failures of Playwright', () => {
    const stats = { expected: 4, unexpected: 1, flaky: 1, skipped: 2 }
    const spec = (title: string, status: string) => ({ title, file: 'a.spec.ts', tests: [{ status }] })
    const suites = [{ specs: [], suites: [{ specs: [spec('opens', 'unexpected'), spec('shuts', 'flaky')] }] }]
    const failures = ['a.spec.ts > opens', 'no port']
    expect(playwrightTally({ stats, errors: [{ message: 'no port' }], suites })).toEqual({
      passed: 5,
      failed: 2,
      skipped: 2,
      failures,
    })
  })
})

describe('a runner', () => {
  let folder: string
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'oxbow-tally-'))
  })
  afterEach(() => rmSync(folder, { recursive: true, force: true }))

  const passing = { passed: 3, failed: 0, skipped: 0, failures: [] }

  it('that ended well is what its report says', () => {
    const report = join(folder, 'report.json')
    writeFileSync(report, '{}')
    expect(runnerTally(0, report, () => passing)).toEqual(passing)
  })

  it('that ended badly without a failed test counts as one failure', () => {
    const report = join(folder, 'report.json')
    writeFileSync(report, '{}')
    expect(runnerTally(1, report, () => passing)).toMatchObject({
      passed: 3,
      failed: 1,
      failures: [expect.stringContaining(report)],
    })
    expect(runnerTally(139, join(folder, 'absent.json'), () => passing)).toMatchObject({ passed: 0, failed: 1 })
  })
})
