import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { spawn } from 'node-pty'
import { expect, onTestFinished, test } from 'vitest'
import { createProcessSandbox } from '../../sidecar/sandbox/index.ts'
import { startSidecarProcess } from '../fixtures/sidecar-process.ts'

const ENTRY = join(import.meta.dirname, '../../sidecar/oxbow.ts')
const { readiness } = createProcessSandbox({ home: '/nonexistent', tmpRoot: tmpdir(), allowHosts: [] })
const ready = (await readiness()).ready && process.platform === 'linux'

interface Screen {
  type(keys: string): void
  resize(columns: number, rows: number): void
  /** Settles when what is shown matches. */
  until(pattern: RegExp): Promise<string>
  ended: Promise<number>
}

/** The command line on a real terminal, as a person has it. */
function onTerminal(args: string[], cwd: string, env: Record<string, string>): Screen {
  let shown = ''
  const { promise: ended, resolve } = Promise.withResolvers<number>()
  const terminal = spawn(process.execPath, [ENTRY, ...args], { cwd, env, cols: 90, rows: 25 })
  terminal.onData((data) => {
    shown += data
  })
  terminal.onExit(({ exitCode }) => resolve(exitCode))
  onTestFinished(() => terminal.kill('SIGKILL'))
  return {
    type: (keys) => terminal.write(keys),
    resize: (columns, rows) => terminal.resize(columns, rows),
    async until(pattern) {
      for (let tries = 0; tries < 1500 && !pattern.test(shown); tries += 1) await sleep(20)
      expect(shown).toMatch(pattern)
      return shown
    },
    ended,
  }
}

test.skipIf(!ready)(
  'a terminal is joined, left, gone back to, listed, read and ended',
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'oxbow-cli-terminal-'))
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
    const [home, workspace] = [join(folder, 'home'), join(folder, 'work')]
    mkdirSync(workspace)
    const env = {
      PATH: process.env.PATH ?? '',
      HOME: folder,
      OXBOW_HOME: home,
      OXBOW__MODELS__DEFAULT: 'offline/guide',
      OXBOW__GATEWAY__PORT: '0',
    }
    const oxbow = async (...args: string[]): Promise<string> =>
      (await promisify(execFile)(process.execPath, [ENTRY, ...args], { cwd: workspace, env })).stdout
    const sidecar = await startSidecarProcess(home, env)
    onTestFinished(async () => {
      sidecar.kill()
    })

    const first = onTerminal(['terminal'], workspace, env)
    await first.until(/Ctrl-\] leaves it/)
    await first.until(/[$#] /)
    first.type('stty size; printf "\\033]52;c;ZXZpbA==\\a\\033]0;title\\a"; echo $((6 * 7)); pwd\r')
    const shown = await first.until(new RegExp(`42\\s+${workspace}`))
    expect(shown).toContain('25 90')
    expect(shown).not.toContain('\u001b]')
    first.resize(70, 20)
    await sleep(300)
    first.type('stty size\r')
    await first.until(/20 70/)
    first.type('sleep 60\r')
    await first.until(/sleep 60\s/)
    first.type('\x03')
    first.type('echo sti""ll here\r')
    await first.until(/still here/)
    first.type('\x1d')
    const id = /--attach (prc_\S+)/.exec(await first.until(/--attach prc_\S+/))![1]!
    expect(await first.ended).toBe(0)

    expect(await oxbow('processes')).toMatch(new RegExp(`^${id} +running +person .*terminal`, 'm'))
    expect(await oxbow('processes', 'read', id)).toContain('still here')
    const second = onTerminal(['terminal', '--attach', id], workspace, env)
    await second.until(/still here/)
    second.type('exit\r')
    expect(await second.ended).toBe(0)
    expect(JSON.parse(await oxbow('processes', '--json')).processes[0]).toMatchObject({ id, ended: { code: 0 } })
    await oxbow('processes', 'kill', id)
    expect(JSON.parse(await oxbow('processes', '--json')).processes).toEqual([])
    await expect(oxbow('processes', 'kill', 'nonsense')).rejects.toMatchObject({ code: 2 })
    await expect(oxbow('terminal')).rejects.toMatchObject({ code: 2 })
  },
  90_000,
)

test('what "always" covers is shown at the terminal before it is given', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'oxbow-cli-asked-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const workspace = join(folder, 'work')
  mkdirSync(workspace)
  writeFileSync(join(workspace, 'b.txt'), 'what stood there\n')
  const env = {
    PATH: process.env.PATH ?? '',
    HOME: folder,
    OXBOW_HOME: join(folder, 'home'),
    OXBOW__MODELS__DEFAULT: 'offline/guide',
    OXBOW__GATEWAY__PORT: '0',
  }
  const run = onTerminal(['run', 'write b.txt with hello'], workspace, env)
  await run.until(/-what stood there\s+\S*\s*\+hello[\s\S]*\[a\]lways…/)
  run.type('a\r')
  await run.until(/Always would allow any file of this folder, or save:\s+allow tool write, path b\.txt/)
  run.type('b\r')
  await run.until(/\[b\]ack:[\s\S]*\[a\]lways…/)
  run.type('a\r')
  await run.until(/(Always would allow[\s\S]*\[b\]ack:[\s\S]*){2}/)
  run.type('r\r')
  expect(await run.ended).toBe(0)
  expect(readFileSync(join(workspace, 'b.txt'), 'utf8')).toBe('hello')
  expect(readFileSync(join(folder, 'home', 'policy.toml'), 'utf8')).toContain('path = "b.txt"')
}, 90_000)
