import { execFileSync } from 'node:child_process'
import {
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Box, createProcessSandbox, openFile, replaceFile } from '../../sidecar/sandbox/index.ts'

const root = realpathSync(mkdtempSync(join(tmpdir(), 'oxbow-paths-')))
const person = join(root, 'person')
const home = join(person, '.oxbow')
const workspace = join(home, 'workspaces', 'default')
const put = (path: string, text = 'text'): void => {
  mkdirSync(join(path, '..'), { recursive: true })
  writeFileSync(path, text)
}
put(join(root, 'outside.txt'), 'SECRET')
put(join(home, 'oxbow.db'), 'SECRET')
put(join(home, 'workspaces', 'other', 'x'), 'SECRET')
put(join(person, '.ssh', 'id'), 'SECRET')
put(join(workspace, 'a.txt'))
put(join(workspace, 'src', 'b.txt'))
put(join(workspace, '.git', 'hooks', 'pre-commit'))
put(join(workspace, '.git', 'config'))
put(join(workspace, 'sub', '.git', 'config'))
put(join(workspace, '.oxbow', 'config.toml'))
put(join(workspace, '.bashrc'))
for (const [name, target] of [
  ['out', root],
  ['out-file', join(root, 'outside.txt')],
  ['out-dangling', join(root, 'nothing')],
  ['out-chain', 'out-dangling'],
  ['in', 'src'],
  ['in-dangling', 'src/new.txt'],
  ['circle', 'circle2'],
  ['circle2', 'circle'],
  ['hooks-link', '.git/hooks'],
  ['proc-link', '/proc/self/root'],
] as const) {
  symlinkSync(target, join(workspace, name))
}
execFileSync('/bin/sh', ['-c', 'mkfifo "$0"', join(workspace, 'pipe')])

const sandbox = createProcessSandbox({ home, tmpRoot: join(home, 'tmp'), allowHosts: [], personHome: person })
let box: Box
beforeAll(async () => {
  box = await sandbox.open(workspace)
  put(join(box.tmp, 'made-by-a-command'))
})
afterAll(async () => {
  await box.close()
  rmSync(root, { recursive: true, force: true })
})

describe('resolve', () => {
  it.each([
    ['a.txt', 'a.txt'],
    ['./src/../a.txt', 'a.txt'],
    [join(workspace, 'src/b.txt'), 'src/b.txt'],
    ['in/b.txt', 'src/b.txt'],
    ['.', '.'],
    ['src//b.txt', 'src/b.txt'],
  ])('lets %j through', async (path, real) => {
    expect(await box.resolve(path, 'read')).toBe(join(workspace, real))
  })

  it.each([
    ['new.txt', 'new.txt'],
    ['new/deep/er.txt', 'new/deep/er.txt'],
    ['in/new.txt', 'src/new.txt'],
    ['in-dangling', 'src/new.txt'],
    ['.gitignore', '.gitignore'],
  ])('lets %j be made', async (path, real) => {
    expect(await box.resolve(path, 'write')).toBe(join(workspace, real))
  })

  it.each([
    ['..', 'path.outside'],
    ['../other/x', 'path.outside'],
    ['../../oxbow.db', 'path.outside'],
    ['src/../../../oxbow.db', 'path.outside'],
    [`${workspace}/../other/x`, 'path.outside'],
    [`${workspace}2/x`, 'path.outside'],
    ['/etc/passwd', 'path.outside'],
    ['/', 'path.outside'],
    ['/proc/self/environ', 'path.outside'],
    ['/proc/self/root/etc/passwd', 'path.outside'],
    ['/proc/self/cwd/../../../../etc/passwd', 'path.outside'],
    ['/dev/stdin', 'path.outside'],
    ['out', 'path.outside'],
    ['out/outside.txt', 'path.outside'],
    ['out/new.txt', 'path.outside'],
    ['out-file', 'path.outside'],
    ['out-dangling', 'path.outside'],
    ['out-dangling/x', 'path.outside'],
    ['out-chain', 'path.outside'],
    ['proc-link/etc/passwd', 'path.outside'],
    [join(person, '.ssh/id'), 'path.outside'],
    ['', 'path.invalid'],
    ['a\0b', 'path.invalid'],
    ['a.txt\0/../../x', 'path.invalid'],
    ['\ud800', 'path.invalid'],
    ['x'.repeat(256), 'path.invalid'],
    ['é'.repeat(128), 'path.invalid'],
    ['x/'.repeat(2049), 'path.invalid'],
    ['circle', 'path.invalid'],
    ['a.txt/x', 'path.invalid'],
    ['pipe', 'path.invalid'],
  ])('refuses %j for reading and for writing', async (path, code) => {
    await expect(box.resolve(path, 'read')).rejects.toMatchObject({ name: 'OxbowError', code })
    await expect(box.resolve(path, 'write')).rejects.toMatchObject({ name: 'OxbowError', code })
  })

  it.each([
    '.git/hooks/pre-commit',
    '.git/hooks/new',
    'hooks-link/new',
    '.git/config',
    'sub/.git/config',
    '.GIT/Hooks/x',
    '.oxbow/config.toml',
    '.oxbow/new',
    '.bashrc',
    '.zshenv',
    '.git',
  ])('lets %j be read at most', async (path) => {
    await expect(box.resolve(path, 'write')).rejects.toMatchObject({ code: 'path.protected' })
  })

  it('says what is not there, and takes the temp folder', async () => {
    await expect(box.resolve('nope', 'read')).rejects.toMatchObject({ code: 'path.notFound' })
    const made = join(box.tmp, 'made-by-a-command')
    expect(await box.resolve(made, 'read')).toBe(made)
    expect(await box.resolve(made, 'write')).toBe(made)
  })

  it('never leads out, whatever the spelling', async () => {
    const piece = fc.oneof(
      fc.constantFrom(
        '..',
        '.',
        '',
        'src',
        'in',
        'out',
        'out-file',
        'out-dangling',
        'in-dangling',
        'proc-link',
        'a.txt',
        '~',
        '/',
        '//',
        '\0',
        'root',
        'etc',
      ),
      fc.string({ maxLength: 6, unit: 'binary' }),
    )
    await fc.assert(
      fc.asyncProperty(
        fc.array(piece, { maxLength: 8 }),
        fc.boolean(),
        fc.constantFrom('read', 'write'),
        async (pieces, absolute, use) => {
          const path = (absolute ? '/' : '') + pieces.join('/')
          const real = await box.resolve(path, use as 'read' | 'write').catch((error: unknown) => {
            expect(error).toMatchObject({ name: 'OxbowError', code: expect.stringMatching(/^path\./) })
            return workspace
          })
          expect(real === workspace || real.startsWith(`${workspace}/`)).toBe(true)
        },
      ),
      { numRuns: 500 },
    )
  })
})

describe('file access', () => {
  it('replaces a file whole, keeps its mode, and leaves nothing beside it', async () => {
    const path = join(workspace, 'script.sh')
    writeFileSync(path, 'old', { mode: 0o750 })
    await replaceFile(box, 'script.sh', Buffer.from('new'))
    expect(readFileSync(path, 'utf8')).toBe('new')
    expect(statSync(path).mode & 0o777).toBe(0o750)
    await replaceFile(box, 'deep/er/file.txt', Buffer.from('made'))
    expect(readFileSync(join(workspace, 'deep/er/file.txt'), 'utf8')).toBe('made')
    expect(readdirSync(workspace).filter((name) => name.endsWith('.tmp'))).toEqual([])
  })

  it('does not replace what somebody else has changed meanwhile', async () => {
    writeFileSync(join(workspace, 'shared'), 'first')
    const { handle, stats } = await openFile(box, 'shared')
    await handle.close()
    writeFileSync(join(workspace, 'shared'), 'second, by somebody else')
    const replaced = replaceFile(box, 'shared', Buffer.from('third'), stats)
    await expect(replaced).rejects.toMatchObject({ code: 'path.changed' })
    expect(readFileSync(join(workspace, 'shared'), 'utf8')).toBe('second, by somebody else')
  })

  it('never writes through a hard link to a file outside', async () => {
    linkSync(join(root, 'outside.txt'), join(workspace, 'hard'))
    await replaceFile(box, 'hard', Buffer.from('mine'))
    expect(readFileSync(join(root, 'outside.txt'), 'utf8')).toBe('SECRET')
    expect(readFileSync(join(workspace, 'hard'), 'utf8')).toBe('mine')
  })

  it('refuses folders and pipes without hanging', async () => {
    await expect(openFile(box, 'src')).rejects.toMatchObject({ code: 'path.isFolder' })
    await expect(openFile(box, 'pipe')).rejects.toMatchObject({ code: 'path.invalid' })
    await expect(replaceFile(box, 'src', Buffer.from(''))).rejects.toMatchObject({ code: 'path.isFolder' })
    await expect(replaceFile(box, '.', Buffer.from(''))).rejects.toMatchObject({ code: 'path.isFolder' })
  })
})

describe('open', () => {
  const file = join(workspace, 'a.txt')
  it.each([
    '/',
    '/etc',
    '/usr/share',
    '/dev',
    '/tmp',
    '/home',
    '/var',
    person,
    home,
    join(home, 'workspaces'),
    join(home, 'run'),
    file,
    'relative',
    join(root, 'nope'),
    join(person, '.ssh'),
    root,
  ])('refuses %s as a workspace', async (path) => {
    mkdirSync(join(home, 'run'), { recursive: true })
    await expect(sandbox.open(path)).rejects.toMatchObject({ name: 'OxbowError', code: 'sandbox.workspace' })
  })

  it('refuses a link to a refused folder, and a folder that holds secrets', async () => {
    symlinkSync('/etc', join(root, 'etc-link'))
    await expect(sandbox.open(join(root, 'etc-link'))).rejects.toMatchObject({ code: 'sandbox.workspace' })
    mkdirSync(join(person, '.config', 'gcloud'), { recursive: true })
    await expect(sandbox.open(join(person, '.config'))).rejects.toMatchObject({ code: 'sandbox.workspace' })
  })

  it('takes an ordinary folder, and a folder of our own workspaces', async () => {
    mkdirSync(join(person, 'project'))
    const other = await sandbox.open(join(person, 'project'))
    expect(other.workspace).toBe(join(person, 'project'))
    expect(statSync(other.tmp).mode & 0o777).toBe(0o700)
    await other.close()
    await other.close()
  })
})

describe('readiness', () => {
  it('is asked again after a no', async () => {
    const tmpRoot = join(root, 'blocked')
    writeFileSync(tmpRoot, 'a file, where a folder is needed')
    const blocked = createProcessSandbox({ home, tmpRoot, allowHosts: [], personHome: person })
    const first = await blocked.readiness()
    expect(first).toMatchObject({ ready: false, mend: expect.any(String) })
    rmSync(tmpRoot)
    expect(await blocked.readiness()).not.toEqual(first)
  })

  it('is a reasoned no where there is no sandbox, and commands are refused with it', async () => {
    const none = createProcessSandbox({ home, tmpRoot: join(home, 'tmp'), allowHosts: [], personHome: person, platform: 'win32' })
    expect(await none.readiness()).toMatchObject({
      ready: false,
      reason: expect.stringContaining('win32'),
      mend: expect.any(String),
    })
    const closed = await none.open(workspace)
    const signal = new AbortController().signal
    const run = closed.run({ command: 'echo x > never', cwd: workspace, timeoutMs: 1000, signal, onOutput: () => {} })
    await expect(run).rejects.toMatchObject({
      kind: 'SERVICE_UNAVAILABLE',
      code: 'sandbox.unavailable',
      hint: expect.any(String),
    })
    expect(readdirSync(workspace)).not.toContain('never')
    await closed.close()
  })
})
