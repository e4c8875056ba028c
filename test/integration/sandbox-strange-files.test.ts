import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { findProgram } from '../../sidecar/foundation/index.ts'

const root = realpathSync(mkdtempSync(join(tmpdir(), 'oxbow-strange-')))
for (const name of ['person', 'oxbow/workspaces/default']) mkdirSync(join(root, name), { recursive: true })
afterAll(() => rmSync(root, { recursive: true, force: true }))

/** What two commands print, one after the other, in a process of their own: one that waits for a pipe would stop this one as well. */
function inTurn(first: string, second: string): string {
  const code = `
    import { createProcessSandbox } from ${JSON.stringify(join(import.meta.dirname, '../../sidecar/sandbox/index.ts'))}
    const [home, personHome] = ['oxbow', 'person'].map((name) => ${JSON.stringify(root)} + '/' + name)
    const sandbox = createProcessSandbox({ home, tmpRoot: home + '/tmp', personHome, allowHosts: [] })
    const box = await sandbox.open(home + '/workspaces/default')
    for (const command of ${JSON.stringify([first, second])}) {
      const onOutput = (text) => void process.stdout.write(text)
      await box.run({ command, cwd: box.workspace, timeoutMs: 20000, signal: new AbortController().signal, onOutput })
    }
    await box.close()
    await sandbox.close()`
  return spawnSync(process.execPath, ['--input-type=module', '--eval', code], { encoding: 'utf8', timeout: 40_000 }).stdout
}

describe.skipIf(process.platform !== 'linux' || findProgram('bwrap') === undefined)('a repository made of pipes', () => {
  it('holds nobody up', () => {
    const repository = 'mkdir -p one/.git/objects one/.git/refs; touch one/.git/HEAD; mkfifo one/.git/config && echo MADE'
    expect(inTurn(repository, 'echo WENT ON')).toBe('MADE\nWENT ON\n')
  })
})
