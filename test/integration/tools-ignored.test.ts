import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeEach, describe, expect, it } from 'vitest'
import { findProgram } from '../../sidecar/foundation/index.ts'
import { createProcessSandbox } from '../../sidecar/sandbox/index.ts'
import { createSpool, createTools } from '../../sidecar/tools/index.ts'
import { ids } from '../fixtures/log.ts'

const root = realpathSync(mkdtempSync(join(tmpdir(), 'oxbow-ignored-test-')))
const home = join(root, 'home')
const sandbox = createProcessSandbox({ home, tmpRoot: join(home, 'tmp'), allowHosts: [], personHome: join(root, 'person') })
const spool = createSpool(join(home, 'spool'))
const kits = { 'with ripgrep': createTools(), 'without ripgrep': createTools({ ripgrep: null }) }
let repository = ''
let count = 0

beforeEach(() => {
  count += 1
  repository = join(root, `repository${count}`)
  mkdirSync(repository)
})
afterAll(() => rmSync(root, { recursive: true, force: true }))

const put = (path: string, content = ''): void => {
  mkdirSync(join(repository, path, '..'), { recursive: true })
  writeFileSync(join(repository, path), content)
}

async function call(
  name: string,
  args: Record<string, unknown>,
  { workspace = repository, kit = 'with ripgrep' as keyof typeof kits } = {},
): Promise<string[]> {
  const box = await sandbox.open(workspace)
  try {
    const tool = kits[kit].find((one) => one.name === name)!
    const context = { sessionId: ids.session(), box, spool, labels: [], space: 'main', onOutput: () => {} }
    const { text } = await tool.run(tool.input.parse(args), { ...context, signal: AbortSignal.timeout(10_000) })
    return text.split('\n')
  } finally {
    await box.close()
  }
}

describe.skipIf(findProgram('rg') === undefined)('what git ignores', () => {
  it.each(['.ignore', '.rgignore', '.gitignore', '.git/info/exclude'])(
    'no search follows a link or waits for a pipe: %s',
    async (name) => {
      execFileSync('git', ['init', '-q', repository])
      const secret = join(root, `secret${count}`)
      writeFileSync(secret, 'hvs.guess2\n')
      for (const guess of ['hvs.guess1', 'hvs.guess2']) put(guess, 'words')
      rmSync(join(repository, name), { force: true })
      symlinkSync(secret, join(repository, name))
      expect(await call('find', { pattern: 'hvs.*' })).toEqual(['hvs.guess1', 'hvs.guess2'])
      expect(await call('grep', { pattern: 'words' })).toEqual(['hvs.guess1:1:words', 'hvs.guess2:1:words'])
      rmSync(join(repository, name))
      execFileSync('mkfifo', [join(repository, name)])
      expect(await call('find', { pattern: 'hvs.*' })).toEqual(['hvs.guess1', 'hvs.guess2'])
      expect(await call('grep', { pattern: 'words' })).toEqual(['hvs.guess1:1:words', 'hvs.guess2:1:words'])
    },
  )

  it('no search obeys a repository elsewhere', async () => {
    const elsewhere = join(root, `elsewhere${count}`)
    mkdirSync(join(elsewhere, 'info'), { recursive: true })
    writeFileSync(join(elsewhere, 'info/exclude'), 'guess\n')
    writeFileSync(join(elsewhere, 'commondir'), '.\n')
    put('.git', `gitdir: ${elsewhere}\n`)
    put('guess')
    expect(await call('find', { pattern: 'guess' })).toEqual(['guess'])
  })

  it('is left out as git does it, wherever in a repository is searched', async () => {
    execFileSync('git', ['init', '-q', repository])
    put(
      '.gitignore',
      '# a list\n*.log\n!keep.log\nbuild/\n/only-top\napp/*/gen\napp/src/lib/*.min\n**/cache\ndocs/**/draft\r\n\n[\n\\#odd\n',
    )
    put('app/.gitignore', '!wanted.log\n/local\nsrc/*.tmp\n')
    put('app/src/[x]/.gitignore', 'a*\n/b\n')
    put('.git/info/exclude', 'excluded\n')
    const names = [
      'a.log',
      'keep.log',
      'wanted.log',
      'build/x',
      'only-top',
      'gen/x',
      'lib/x.min',
      'x.min',
      'cache/x',
      'local',
      'x.tmp',
    ]
    names.push('docs/a/draft', 'draft', '#odd', 'excluded', 'abc', 'b', 'deep/b')
    for (const folder of ['', 'app', 'app/src', 'app/src/[x]', 'app/src/x', 'docs/one'])
      for (const name of names) put(join(folder, name), 'words')
    for (const [workspace, path] of [
      ['', '.'],
      ['', 'app'],
      ['', 'app/src'],
      ['app', '.'],
      ['app', 'src'],
      ['docs', 'one'],
    ] as const) {
      const place = join(repository, workspace)
      const args = ['-C', place, 'ls-files', '-z', '--others', '--exclude-standard', '--', path]
      const listed = execFileSync('git', args, { encoding: 'utf8' }).split('\0')
      const expected = listed.filter((name) => name !== '' && !name.endsWith('.gitignore')).sort()
      expect((await call('find', { pattern: '*', path }, { workspace: place })).sort()).toEqual(expected)
      const found = await call('grep', { pattern: 'words', path }, { workspace: place })
      expect(found.map((line) => line.replace(/:\d+:.*/, '')).sort()).toEqual(expected)
    }
  })
})

describe.each(Object.keys(kits) as (keyof typeof kits)[])('odd names, %s', (kit) => {
  const name = 'a\u001b]52;c;eA==\u0007\u202eb\u{e0041}'
  const written = String.raw`"a\u001b]52;c;eA==\u0007\u202eb\udb40\udc41"`

  it('are written so that nothing in them steers, and a call can name them', async () => {
    expect(JSON.parse(written)).toBe(name)
    put(name, 'words')
    symlinkSync(name, join(repository, 'link'))
    expect(await call('ls', {}, { kit })).toEqual([`${written}  5`, `link -> ${written}`])
    expect(await call('find', { pattern: 'a*' }, { kit })).toEqual([written])
    expect(await call('grep', { pattern: 'words' }, { kit })).toEqual([`${written}:1:words`])
    expect(await call('read', { path: name }, { kit })).toEqual(['1\twords'])
  })

  it('a path too deep to be looked at hides nothing else', async () => {
    put('here', 'words')
    const script = 'n=$(printf "d%.0s" $(seq 200)); for i in $(seq 30); do mkdir $n; cd $n; done; echo words > there'
    execFileSync('bash', ['-c', script], { cwd: repository })
    expect(await call('find', { pattern: '*here' }, { kit })).toEqual(['here'])
    expect(await call('grep', { pattern: 'words' }, { kit })).toEqual(['here:1:words'])
    await expect(call('grep', { pattern: '(' }, { kit })).rejects.toMatchObject({ code: expect.stringMatching(/^search\./) })
    execFileSync('rm', ['-rf', repository])
  })
})
