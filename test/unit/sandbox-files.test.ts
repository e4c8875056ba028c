import { appendFileSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { readOpened } from '../../sidecar/sandbox/index.ts'

const root = mkdtempSync(join(tmpdir(), 'oxbow-files-'))
afterAll(() => rmSync(root, { recursive: true, force: true }))

it.each<[string, (path: string) => void, string]>([
  ['stays as it is', () => {}, 'what was looked at'],
  ['grows', (path) => appendFileSync(path, 'x'.repeat(100_000)), 'what was looked at'],
  ['shrinks', (path) => truncateSync(path, 4), 'what'],
  ['is emptied', (path) => truncateSync(path, 0), ''],
])('no more is read of a file than was looked at, though it %s', async (_, change, text) => {
  const path = join(root, 'file')
  writeFileSync(path, 'what was looked at')
  const handle = await open(path)
  const stats = await handle.stat()
  change(path)
  expect((await readOpened({ handle, stats })).toString()).toBe(text)
  await handle.close()
})
