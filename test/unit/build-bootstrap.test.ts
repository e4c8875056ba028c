import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { missingOptional } from '../../build/complete-lock.mjs'
import { noWindowBecause } from '../../build/lib/electron.mjs'
import { hashFile, hashTree } from '../../build/lib/hash.mjs'
import { withLock } from '../../build/lib/lock.mjs'
import { isNewEnough, pinnedNode } from '../../build/lib/node.mjs'
import { findNpmCli } from '../../build/lib/npm.mjs'
import { agrees, packagesAreCurrent } from '../../build/lib/packages.mjs'
import { installCommand } from '../../build/lib/tools.mjs'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'oxbow-build-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

describe('the choice of Node', () => {
  it.each([
    ['18.20.8', false],
    ['20.20.2', false],
    ['22.22.0', false],
    ['24.0.0', true],
    ['24.21.0', true],
    ['25.2.0', false],
    ['26.10.0', true],
  ])('%s is new enough: %s', (version, expected) => expect(isNewEnough(version)).toBe(expected))

  it.each(['linux-x64', 'linux-arm64', 'darwin-arm64', 'darwin-x64'])('is pinned with its checksum for %s', (where) => {
    const [platform, arch] = where.split('-')
    expect(pinnedNode(platform, arch)).toMatchObject({
      name: expect.stringContaining(where),
      version: expect.stringMatching(/^24\.\d+\.\d+$/),
      integrity: expect.stringMatching(/^sha512-[\w+/]{86}==$/),
    })
  })

  it('is left to the person elsewhere', () => expect(pinnedNode('win32', 'x64')).toBeUndefined())
})

describe('a hash of sources', () => {
  beforeEach(() => {
    mkdirSync(join(folder, 'src', 'inner'), { recursive: true })
    writeFileSync(join(folder, 'src', 'inner', 'a.ts'), 'one')
  })
  const hash = () => hashTree(folder, ['src', 'absent.json'])

  it('stays when nothing changes', () => expect(hash()).toBe(hash()))

  it('changes with size, time, new files and removed files', () => {
    const seen = [hash()]
    writeFileSync(join(folder, 'src', 'inner', 'a.ts'), 'three')
    seen.push(hash())
    utimesSync(join(folder, 'src', 'inner', 'a.ts'), 1_000, 1_000)
    seen.push(hash())
    writeFileSync(join(folder, 'src', 'b.ts'), '')
    seen.push(hash())
    writeFileSync(join(folder, 'absent.json'), '{}')
    seen.push(hash())
    rmSync(join(folder, 'src', 'inner', 'a.ts'))
    seen.push(hash())
    expect(new Set(seen).size).toBe(6)
  })
})

describe('installed packages', () => {
  const stamp = (text: string) => {
    mkdirSync(join(folder, 'node_modules'), { recursive: true })
    writeFileSync(join(folder, 'node_modules', '.oxbow-stamp'), text)
  }
  const current = () => `${hashFile(join(folder, 'package-lock.json'))} ${process.platform}-${process.arch}`
  beforeEach(() => writeFileSync(join(folder, 'package-lock.json'), '{"packages":{}}'))

  it('are not current without a stamp: the install was cut off', () => {
    mkdirSync(join(folder, 'node_modules'))
    expect(packagesAreCurrent(folder)).toBe(false)
  })

  it('are current until the lock changes', () => {
    stamp(current())
    expect(packagesAreCurrent(folder)).toBe(true)
    writeFileSync(join(folder, 'package-lock.json'), '{"packages":{"node_modules/a":{}}}')
    expect(packagesAreCurrent(folder)).toBe(false)
  })

  it('agree with the lock when all but optional ones are there in its versions', () => {
    const wanted = {
      '': { version: '9.9.9' },
      'node_modules/a': { version: '1.0.0' },
      'node_modules/for-another-platform': { version: '1.0.0', optional: true },
    }
    expect(agrees(wanted, { 'node_modules/a': { version: '1.0.0' } })).toBe(true)
    expect(agrees(wanted, { 'node_modules/a': { version: '1.0.1' } })).toBe(false)
    expect(agrees(wanted, {})).toBe(false)
  })
})

describe('package-lock.json', () => {
  it('holds every optional package, so that npm ci takes it on every platform', () => {
    const lock = JSON.parse(readFileSync('package-lock.json', 'utf8'))
    expect(missingOptional(lock), 'run: node build/complete-lock.mjs').toEqual({})
  })

  it('is completed with version and platform', () => {
    const wanting = { dev: true, optionalDependencies: { '@a/b-linux-x64-musl': '1.2.3', '@a/b-darwin-arm64': '1.2.3' } }
    const held = { 'node_modules/@a/b': wanting, 'node_modules/@a/b-darwin-arm64': { version: '1.2.3' } }
    expect(missingOptional({ packages: held })).toEqual({
      'node_modules/@a/b-linux-x64-musl': {
        version: '1.2.3',
        dev: true,
        optional: true,
        os: ['linux'],
        cpu: ['x64'],
        libc: ['musl'],
      },
    })
  })
})

describe('a lock', () => {
  const file = () => join(folder, 'run', 'build.lock')

  it('is held by one at a time and gone afterwards', async () => {
    const order: string[] = []
    let open = () => {}
    const gate = new Promise<void>((resolve) => {
      open = resolve
    })
    const first = withLock(file(), async () => {
      order.push('first begins')
      await gate
      order.push('first ends')
    })
    const second = withLock(file(), async () => order.push('second'), { onWait: () => open() })
    await Promise.all([first, second])
    expect(order).toEqual(['first begins', 'first ends', 'second'])
    expect(existsSync(file())).toBe(false)
  })

  it('of a process that is gone is taken over', async () => {
    const gone = spawn(process.execPath, ['--eval', ''])
    await once(gone, 'exit')
    mkdirSync(join(folder, 'run'))
    writeFileSync(file(), String(gone.pid))
    expect(await withLock(file(), async () => 'done')).toBe('done')
  })

  it('that stays held ends in a clear message', async () => {
    mkdirSync(join(folder, 'run'))
    writeFileSync(file(), String(process.ppid))
    await expect(withLock(file(), async () => 'done', { waitMs: 0 })).rejects.toThrow(`process ${process.ppid} still holds`)
    expect(readFileSync(file(), 'utf8')).toBe(String(process.ppid))
  })

  it('is released when the work fails', async () => {
    await expect(withLock(file(), () => Promise.reject(new Error('broken')))).rejects.toThrow('broken')
    expect(existsSync(file())).toBe(false)
  })
})

describe('what the person is told', () => {
  const has =
    (...commands: string[]) =>
    (command: string) =>
      commands.includes(command)

  it('is one command to install tools', () => {
    const packages = ['chromium', 'ripgrep']
    expect(installCommand(packages, { platform: 'linux', isRoot: false, has: has('apt-get') })).toBe(
      'sudo apt-get install -y chromium ripgrep',
    )
    expect(installCommand(packages, { platform: 'linux', isRoot: true, has: has('dnf') })).toBe('dnf install -y chromium ripgrep')
    expect(installCommand(packages, { platform: 'darwin', isRoot: false, has: has() })).toBe(
      'brew install --cask chromium && brew install ripgrep',
    )
    expect(installCommand(packages, { platform: 'linux', isRoot: false, has: has() })).toBeUndefined()
  })

  it('is why no window opens', () => {
    const display = { DISPLAY: ':0' }
    expect(noWindowBecause({ platform: 'darwin', env: {}, isRoot: false })).toBeUndefined()
    expect(noWindowBecause({ platform: 'linux', env: display, isRoot: false })).toBeUndefined()
    expect(noWindowBecause({ platform: 'linux', env: {}, isRoot: false })).toBe('there is no display')
    expect(noWindowBecause({ platform: 'linux', env: display, isRoot: true })).toMatch(/root/)
  })

  it('is that npm is missing', () => {
    expect(() => findNpmCli({ PATH: folder })).toThrow('npm was not found')
  })
})
