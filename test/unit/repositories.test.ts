import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { afterAll, beforeEach, describe, expect, it } from 'vitest'
import { guardsOf } from '../../sidecar/sandbox/guards.ts'
import { createPlaces } from '../../sidecar/sandbox/index.ts'
import { Repositories } from '../../sidecar/sandbox/repositories.ts'
import { standIn } from '../../sidecar/sandbox/stand-ins.ts'
import { Ward } from '../../sidecar/sandbox/ward.ts'

const root = realpathSync(mkdtempSync(join(tmpdir(), 'oxbow-repositories-')))
afterAll(() => rmSync(root, { recursive: true, force: true }))
let workspace: string
let count = 0
const at = (...names: string[]): string => join(workspace, ...names)
const git = (...words: string[]): void => void execFileSync('git', ['-C', workspace, ...words], { stdio: 'ignore' })
const put = (path: string, text = ''): void => {
  mkdirSync(at(path, '..'), { recursive: true })
  writeFileSync(at(path), text)
}
beforeEach(() => {
  workspace = join(root, `workspace-${count++}`)
  mkdirSync(workspace)
})
const names = (paths: readonly string[]): string[] => paths.map((path) => relative(workspace, path)).sort()

describe('the repositories of a workspace', () => {
  it('are found with their submodules and work trees, nested, bare, and by whatever leads to them', () => {
    git('init', '-q')
    for (const name of ['.git/modules/a', '.git/modules/deep/name', 'bare']) git('init', '-q', '--bare', name)
    mkdirSync(at('.git/worktrees/tree'), { recursive: true })
    git('init', '-q', 'some/nested')
    git('init', '-q', `--separate-git-dir=${at('apart')}`, 'pointed')
    mkdirSync(at('linked'))
    git('init', '-q', '--bare', 'target')
    symlinkSync('../target', at('linked/.git'))
    put('stray/.git', 'gitdir: ../../../elsewhere')
    const places = new Repositories(workspace).find()
    expect(names(places.folders)).toEqual([
      ...['.git', '.git/modules/a', '.git/modules/deep/name', '.git/worktrees/tree'],
      ...['apart', 'bare', 'some/nested/.git', 'target'],
    ])
    expect(names(places.pointers)).toEqual(['pointed/.git', 'stray/.git'])
  })

  it('are found anew, stay found behind a flood of folders, and are forgotten when they are gone', () => {
    git('init', '-q', 'z/nested')
    const repositories = new Repositories(workspace)
    const found = (): string[] => names(repositories.find().folders)
    expect(found()).toEqual(['z/nested/.git'])
    git('init', '-q', 'z/other')
    expect(found()).toEqual(['z/nested/.git', 'z/other/.git'])
    for (let made = 0; made < 1100; made += 1) mkdirSync(at(`a${made}`))
    expect(found()).toEqual(['z/nested/.git', 'z/other/.git'])
    expect(names(new Repositories(workspace).find().folders), 'the search is bounded').toEqual([])
    rmSync(at('z/other'), { recursive: true })
    expect(found()).toEqual(['z/nested/.git'])
  })
})

describe('a ward', () => {
  it('guards what git obeys, and nothing outside that a link leads to', () => {
    git('init', '-q', 'nested')
    put('real', 'true')
    symlinkSync('real', at('.zshenv'))
    symlinkSync('/etc/passwd', at('.zlogin'))
    mkdirSync(at('.oxbow'))
    const guarded = new Ward(workspace)
      .guards()
      .map(({ path, readOnly }) => `${readOnly ? 'ro' : 'rw'} ${relative(workspace, path)}`)
    expect(guarded).toEqual(['rw nested/.git', 'ro .oxbow', 'ro real', 'ro nested/.git/hooks', 'ro nested/.git/config'])
  })

  it.each(['.git', '.oxbow', '.git/hooks', '.git/config'])('lets nothing run while %s is a link', (name) => {
    if (name.startsWith('.git/')) git('init', '-q')
    rmSync(at(name), { recursive: true, force: true })
    symlinkSync('/etc', at(name))
    expect(() => new Ward(workspace).guards()).toThrow(expect.objectContaining({ code: 'sandbox.link' }))
  })

  it('makes what git would obey, and takes away what sends it elsewhere', () => {
    git('init', '-q')
    git('config', 'extensions.worktreeConfig', 'true')
    rmSync(at('.git/hooks'), { recursive: true })
    const ward = new Ward(workspace)
    const leave = ward.standIn()
    const takeAway = ward.watch()
    expect(names(ward.guards().map(({ path }) => path))).toEqual(
      ['.git', '.git/config', '.git/config.worktree', '.git/hooks', '.oxbow'].sort(),
    )
    put('.git/commondir', '../c')
    takeAway()
    leave()
    expect(() => git('status')).not.toThrow()
    expect(names(ward.guards().map(({ path }) => path))).not.toContain('.git/commondir')
  })

  it('knows its workspace from another of the same name', () => {
    const ward = new Ward(workspace)
    ward.check()
    renameSync(workspace, `${workspace}-moved`)
    expect(() => ward.check()).toThrow(expect.objectContaining({ code: 'sandbox.replaced' }))
    mkdirSync(workspace)
    expect(() => ward.check()).toThrow(expect.objectContaining({ code: 'sandbox.replaced' }))
  })
})

describe('file tools', () => {
  it('write words for git and nothing that it obeys, whatever its folder is called', async () => {
    git('init', '-q', '--bare', 'apart')
    symlinkSync('apart', at('.git'))
    const places = createPlaces({ home: join(root, 'oxbow'), tmpRoot: join(root, 'tmp'), personHome: join(root, 'person') })
    const place = await places.open(workspace)
    for (const path of ['.git/config', '.git/commondir', '/workspace/.git/commondir', 'apart/config', 'apart/modules/a/config'])
      await expect(place.resolve(path, 'write'), path).rejects.toMatchObject({ code: 'path.protected' })
    for (const path of ['.git/COMMIT_EDITMSG', 'apart/info/exclude', 'apart-not/config', 'a.git/x'])
      expect(await place.resolve(path, 'write'), path).toBe(at(path.replace('.git/C', 'apart/C')))
    await place.close()
  })
})

describe('what is shut', () => {
  const NOBODY = 65534
  /** To root nothing is shut. */
  const asNobody = (deed: () => void): void => {
    const isRoot = process.geteuid?.() === 0
    const folders = [root, workspace, ...['some', 'some/repository', 'some/repository/.git'].map((name) => at(name))].filter(
      existsSync,
    )
    if (isRoot) for (const path of folders) chownSync(path, NOBODY, NOBODY)
    if (isRoot) process.seteuid?.(NOBODY)
    try {
      deed()
    } finally {
      if (isRoot) process.seteuid?.(0)
    }
  }

  it.each(['some', 'some/repository', 'some/repository/.git'])(
    'lets no command run, where a repository lies in it (%s)',
    (name) => {
      git('init', '-q', 'some/repository')
      asNobody(() => {
        const repositories = new Repositories(workspace)
        const guards = (): unknown => guardsOf(workspace, repositories.find())
        guards()
        chmodSync(at(name), 0o000)
        expect(guards).toThrow('cannot be guarded')
        chmodSync(at(name), 0o400)
        expect(guards).toThrow('cannot be guarded')
        chmodSync(at(name), 0o700)
        expect(guards).not.toThrow()
      })
    },
  )

  it.each([0o000, 0o300, 0o400])('lets no command run, where it was so from the beginning (%o)', (mode) => {
    git('init', '-q', 'some/repository')
    asNobody(() => {
      chmodSync(at('some'), mode)
      const repositories = new Repositories(workspace)
      for (let times = 0; times < 2; times += 1) expect(() => repositories.find()).toThrow('cannot be looked at')
      chmodSync(at('some'), 0o700)
      expect(repositories.find().folders).toEqual([at('some/repository/.git')])
    })
  })

  it('is of no account where a command shut it later, and no repository is known in it', () => {
    mkdirSync(at('some'))
    asNobody(() => {
      const repositories = new Repositories(workspace)
      expect(repositories.find()).toEqual({ folders: [], pointers: [] })
      chmodSync(at('some'), 0o000)
      expect(repositories.find()).toEqual({ folders: [], pointers: [] })
      chmodSync(at('some'), 0o700)
    })
  })

  it.skipIf(process.geteuid?.() !== 0)('is of no account where it is shut by another user, which no command can undo', () => {
    mkdirSync(at('theirs/repository/.git'), { recursive: true })
    chmodSync(at('theirs'), 0o700)
    asNobody(() => expect(new Repositories(workspace).find()).toEqual({ folders: [], pointers: [] }))
  })
})

describe('what is made and taken away in a repository', () => {
  const outside = (): string => {
    mkdirSync(join(root, `outside-${count}/objects`), { recursive: true })
    return join(root, `outside-${count}`)
  }

  it('is nothing where its folder was exchanged for a link meanwhile', () => {
    const elsewhere = outside()
    symlinkSync(elsewhere, at('.git'))
    standIn(workspace, [at('.git')])()
    expect(readdirSync(elsewhere)).toEqual(['objects'])
  })

  it('is a file that leads git elsewhere, however its folder was closed or moved, and no folder', () => {
    for (const name of ['one', 'two']) mkdirSync(at(name))
    mkdirSync(at('far/three'), { recursive: true })
    const folders = ['one', 'two', 'far/three'].map((name) => at(name))
    const leave = new Ward(workspace).watch({ folders, pointers: [] })
    put('one/commondir')
    put('two/commondir/file')
    put('far/three/commondir')
    renameSync(at('far'), at('moved'))
    chmodSync(at('one'), 0o100)
    leave()
    chmodSync(at('one'), 0o700)
    expect([readdirSync(at('one')), readdirSync(at('two')), readdirSync(at('moved/three'))]).toEqual([[], ['commondir'], []])
  })
})
