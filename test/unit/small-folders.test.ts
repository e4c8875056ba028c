import { lstatSync, mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, expect, test } from 'vitest'
import { SmallFolders } from '../../sidecar/policy/small-folders.ts'

const root = mkdtempSync(join(tmpdir(), 'oxbow-folders-'))
afterAll(() => rmSync(root, { recursive: true }))

test('what is in a folder is known, kept or not, as it is now', async () => {
  const folders = new SmallFolders()
  const folder = join(root, 'a')
  mkdirSync(folder)
  const names = (): string[] => [...(folders.of(folder, lstatSync(folder))?.keys() ?? [])].sort()
  const changes: [() => void, string[]][] = [
    [() => writeFileSync(join(folder, 'one'), ''), ['one']],
    [() => renameSync(join(folder, 'one'), join(folder, 'two')), ['two']],
    [() => rmSync(join(folder, 'two')), []],
    [() => mkdirSync(join(folder, 'one')), ['one']],
  ]
  for (const pause of [0, 60]) {
    for (const [change, expected] of changes) {
      change()
      expect(names()).toEqual(expected)
      await sleep(pause)
      // Read when the folder was settled, it is kept.
      expect(names()).toEqual(expected)
    }
    rmSync(join(folder, 'one'), { recursive: true })
  }
})

test('a name that becomes another kind of thing is known as that', async () => {
  const folders = new SmallFolders()
  writeFileSync(join(root, 'x'), '')
  await sleep(60)
  const isLink = (): boolean | undefined => folders.of(root, lstatSync(root))?.get('x')?.isSymbolicLink()
  expect(isLink()).toBe(false)
  rmSync(join(root, 'x'))
  symlinkSync('a', join(root, 'x'))
  expect(isLink()).toBe(true)
})

test('a folder of many names is not read at once', () => {
  const folder = join(root, 'many')
  mkdirSync(folder)
  expect(new SmallFolders().of(folder, Object.assign(lstatSync(folder), { size: 1 << 20 }))).toBeUndefined()
})
