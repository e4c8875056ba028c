import { mkdirSync, mkdtempSync, realpathSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { foldersHere, foreignFolders } from '../../sidecar/sandbox/foreign-folders.ts'
import { PROFILES, pathsOf } from '../../sidecar/sandbox/profiles.ts'

const root = realpathSync(mkdtempSync('/tmp/oxbow-profiles-'))
afterAll(() => rmSync(root, { recursive: true, force: true }))

it("the system is what is known of it; whatever stands beside it is somebody's", () => {
  const top = ['bin', 'usr', 'etc', 'var', 'opt', 'home', 'root', 'mnt', 'media', 'srv', 'data', 'export', 'lost+found', 'Users']
  const found = foreignFolders({ top, mounts: [] })
  for (const name of ['home', 'root', 'mnt', 'media', 'srv', 'data', 'export', 'Users']) expect(found).toContain(`/${name}`)
  for (const name of ['bin', 'usr', 'etc', 'var', 'opt']) expect(found).not.toContain(`/${name}`)
  for (const path of ['/run/media', '/var/tmp']) expect(found).toContain(path)
})

it.each([
  ['/run/media/ada/disk', true],
  ['/opt/disk', true],
  ['/var/disk', true],
  ['/var/www', true],
  ['/usr/disk', true],
  ['/', false],
  ['/usr', false],
  ['/var', false],
  ['/var/log', false],
  ['/var/lib/docker', false],
  ['/boot/efi', false],
  ['/proc/sys/fs/binfmt_misc', false],
  ['/snap/core/1', false],
  ['/nix/store', false],
])("a mount at %s is a disk of somebody's: %s", (path, closed) => {
  expect(foreignFolders({ top: [], mounts: [path] }).includes(path)).toBe(closed)
})

it('looks at this computer itself', () => {
  const { top, mounts } = foldersHere()
  expect(top).toContain('usr')
  if (process.platform === 'linux') expect(mounts).toEqual(expect.arrayContaining(['/', '/proc']))
})

it('programs that were installed on another disk are found with their libraries, and nothing beside them', () => {
  const disk = join(root, 'disk')
  const home = join(root, 'home')
  for (const path of [
    'disk/tools/node/bin',
    'disk/tools/node/lib',
    'disk/tools/diary',
    'disk/bin',
    'disk/lib',
    'home/bin',
    'home/lib',
  ])
    mkdirSync(join(root, path), { recursive: true })
  const searchPath = [join(disk, 'tools/node/bin'), join(disk, 'bin'), join(home, 'bin'), home].join(':')
  const paths = (profile: 'strict' | 'development' | 'minimal') =>
    pathsOf(PROFILES[profile], home, searchPath, { top: [], mounts: [disk] })
  expect(paths('development')).toEqual({
    closed: [home, '/var/tmp', disk],
    open: [join(disk, 'tools/node/bin'), join(disk, 'tools/node/lib'), join(disk, 'bin'), join(home, 'bin')],
  })
  expect(paths('strict')).toEqual({ closed: [home, '/var/tmp', disk], open: [] })
  expect(paths('minimal')).toEqual({ closed: [], open: [] })
})
