import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openConsoleLog } from '../../main/console-log.ts'
import { oxbowHome } from '../../main/home.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'oxbow-log-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

describe('console log', () => {
  it('makes its folder and keeps what was there, readable by its owner alone', () => {
    const path = join(folder, 'logs', 'x.log')
    openConsoleLog(path).append('one\n')
    openConsoleLog(path).append(Buffer.from('two\n'))
    expect(readFileSync(path, 'utf8')).toBe('one\ntwo\n')
    expect(statSync(path).mode & 0o777).toBe(0o600)
  })

  it('never grows beyond twice its bound', () => {
    const path = join(folder, 'x.log')
    const log = openConsoleLog(path, 1000)
    for (let n = 0; n < 500; n++) log.append(`${n} ${'x'.repeat(n % 90)}\n`)
    log.append('y'.repeat(50_000))
    log.append('last\n')
    expect(readdirSync(folder).sort()).toEqual(['x.log', 'x.log.1'])
    for (const name of readdirSync(folder)) expect(statSync(join(folder, name)).size).toBeLessThanOrEqual(1000)
    expect(readFileSync(path, 'utf8')).toBe('last\n')
  })

  it('loses lines rather than the shell when it cannot write', () => {
    writeFileSync(join(folder, 'logs'), 'a file where a folder should be')
    const log = openConsoleLog(join(folder, 'logs', 'x.log'))
    expect(() => log.append('x')).not.toThrow()
  })
})

describe('home', () => {
  it('is where OXBOW_HOME says, else ~/.oxbow', () => {
    expect(oxbowHome({ OXBOW_HOME: '/x/y' })).toBe('/x/y')
    expect(oxbowHome({ OXBOW_HOME: '' })).toMatch(/\/\.oxbow$/)
    expect(oxbowHome({})).toMatch(/\/\.oxbow$/)
  })
})
