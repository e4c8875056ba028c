import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { loadWorkspacePolicy, readPlainFile } from '../../sidecar/foundation/index.ts'
import { openRules } from '../../sidecar/policy/index.ts'

const root = mkdtempSync(join(tmpdir(), 'oxbow-plain-'))
afterAll(() => rmSync(root, { recursive: true, force: true }))

test('a file is read whole, up to its bound', () => {
  const file = join(root, 'file')
  writeFileSync(file, 'ünï')
  expect(readPlainFile(file, 5)).toBe('ünï')
  expect(() => readPlainFile(file, 4)).toThrow('larger than 4 bytes')
  expect(() => readPlainFile(root, 100)).toThrow('not a file')
  expect(() => readPlainFile(join(root, 'missing'), 100)).toThrow('ENOENT')
})

test("a device in place of a workspace's settings is refused, not read", async () => {
  const workspace = join(root, 'workspace')
  mkdirSync(join(workspace, '.oxbow'), { recursive: true })
  for (const name of ['config', 'policy']) symlinkSync('/dev/null', join(workspace, '.oxbow', `${name}.toml`))
  await expect(loadWorkspacePolicy(workspace)).rejects.toThrow('not a file')
  expect(() => openRules(join(root, 'policy.toml'), root).all(workspace)).toThrow('not a file')
})
