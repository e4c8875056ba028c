import { spawnSync } from 'node:child_process'
import { closeSync, mkdirSync, mkdtempSync, openSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { findProgram } from '../../sidecar/foundation/index.ts'

const root = realpathSync(mkdtempSync(join(tmpdir(), 'oxbow-descriptors-')))
const outside = join(root, 'outside')
for (const name of ['outside', 'person', 'oxbow/workspaces/default']) mkdirSync(join(root, name), { recursive: true })
afterAll(() => rmSync(root, { recursive: true, force: true }))

/** A folder that a shell or desktop left open, beyond the numbers that Node keeps from its children. */
const LEFT = 40

/** What is open in a box, beside its three streams, whose sidecar was started with a folder left open. */
function openIn(how: 'run' | 'start' | 'terminal'): string {
  const code = `
    import { createProcessSandbox } from ${JSON.stringify(join(import.meta.dirname, '../../sidecar/sandbox/index.ts'))}
    const [home, personHome] = ['oxbow', 'person'].map((name) => ${JSON.stringify(root)} + '/' + name)
    const sandbox = createProcessSandbox({ home, tmpRoot: home + '/tmp', personHome, allowHosts: [] })
    const box = await sandbox.open(home + '/workspaces/default')
    const command = 'for fd in /proc/self/fd/*; do [ \${fd##*/} -gt 2 ] && to=$(readlink $fd) && echo "OPEN $to"; done; echo TRIED'
    const common = { command, cwd: box.workspace, onOutput: (text) => void process.stdout.write(text) }
    const terminal = ${how === 'terminal'} ? { columns: 80, rows: 24 } : undefined
    if (${how === 'run'}) await box.run({ ...common, timeoutMs: 20000, signal: new AbortController().signal })
    else await (await box.start({ ...common, ...(terminal && { terminal }) })).exit
    await box.close()
    await sandbox.close()`
  const left = openSync(outside, 'r')
  const stdio = [...(['ignore', 'pipe', 'inherit'] as const), ...Array.from({ length: LEFT - 3 }, () => 'ignore' as const), left]
  try {
    return spawnSync(process.execPath, ['--input-type=module', '--eval', code], { encoding: 'utf8', stdio }).stdout
  } finally {
    closeSync(left)
  }
}

describe.skipIf(process.platform !== 'linux' || findProgram('bwrap') === undefined)('what a sidecar was started with', () => {
  for (const how of ['run', 'start', 'terminal'] as const)
    it(`is open in no box (${how})`, () => {
      const said = openIn(how)
      expect(said).toContain('TRIED')
      expect(said).not.toContain('OPEN')
    })
})
