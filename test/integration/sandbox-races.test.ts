import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Box, createProcessSandbox, openFile, replaceFile } from '../../sidecar/sandbox/index.ts'

const TRIES = 600
const root = realpathSync(mkdtempSync(join(tmpdir(), 'oxbow-races-')))
const workspace = join(root, 'workspace')
const outside = join(root, 'outside')
for (const folder of [workspace, outside, join(workspace, 'real')]) mkdirSync(folder, { recursive: true })
writeFileSync(join(outside, 'file'), 'SECRET')
writeFileSync(join(workspace, 'real', 'file'), 'mine')
const sandbox = createProcessSandbox({
  home: join(root, 'home'),
  tmpRoot: join(root, 'home', 'tmp'),
  allowHosts: [],
  personHome: join(root, 'person'),
})

let box: Box
let attacker: ChildProcess

/** Swaps `folder/file` and the folder itself between what is inside and links to the outside, as fast as it can. */
const ATTACK = `
const fs = require('node:fs')
const quiet = (act) => { try { act() } catch {} }
process.chdir(process.argv[1])
for (const name of ['folder', 'folder-link']) quiet(() => fs.rmSync(name, { recursive: true }))
fs.mkdirSync('folder'); fs.writeFileSync('folder/file', 'mine')
fs.symlinkSync(process.argv[2], 'folder-link')
console.log('racing')
for (const end = Date.now() + 20000; Date.now() < end; ) {
  quiet(() => fs.renameSync('folder', 'folder-kept')); quiet(() => fs.renameSync('folder-link', 'folder'))
  quiet(() => fs.renameSync('folder', 'folder-link')); quiet(() => fs.renameSync('folder-kept', 'folder'))
  quiet(() => fs.rmSync('folder/file')); quiet(() => fs.symlinkSync(process.argv[2] + '/file', 'folder/file'))
  quiet(() => fs.rmSync('folder/file')); quiet(() => fs.writeFileSync('folder/file', 'mine'))
}
`

beforeAll(async () => {
  box = await sandbox.open(workspace)
  // The attacker's own writes go through the link as well, so that it may overwrite what is outside with `mine` only.
  attacker = spawn(process.execPath, ['-e', ATTACK, workspace, outside], { stdio: ['ignore', 'pipe', 'inherit'] })
  await new Promise((done) => attacker.stdout!.once('data', done))
})
afterAll(async () => {
  attacker.kill('SIGKILL')
  await box.close()
  rmSync(root, { recursive: true, force: true })
})

describe('paths that are swapped while they are used', () => {
  it('never give content from outside', async () => {
    let read = 0
    const other = join(outside, 'only-there')
    writeFileSync(other, 'SECRET')
    for (let i = 0; i < TRIES; i += 1) {
      const path = i % 2 === 0 ? 'folder/file' : 'folder/only-there'
      try {
        const { handle } = await openFile(box, path)
        expect(await handle.readFile('utf8')).not.toContain('SECRET')
        await handle.close()
        read += 1
      } catch (error) {
        expect(error).toMatchObject({ name: 'OxbowError', code: expect.stringMatching(/^path\./) })
      }
    }
    expect(read).toBeGreaterThan(0)
  })

  it('never let content out', async () => {
    let written = 0
    for (let i = 0; i < TRIES; i += 1) {
      try {
        await replaceFile(box, i % 2 === 0 ? `folder/file-${i % 7}` : 'folder/deep/file', Buffer.from('AGENT'))
        written += 1
      } catch (error) {
        expect(error).toMatchObject({ name: 'OxbowError', code: expect.stringMatching(/^path\./) })
      }
    }
    expect(written).toBeGreaterThan(0)
    expect(readdirSync(outside).sort()).toEqual(['file', 'only-there'])
    for (const name of readdirSync(outside)) expect(readFileSync(join(outside, name), 'utf8')).not.toContain('AGENT')
    expect(existsSync(join(outside, 'deep'))).toBe(false)
  })
})
