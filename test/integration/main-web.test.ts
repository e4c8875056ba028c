import { type ChildProcess, spawn } from 'node:child_process'
import { copyFileSync, cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { alive, startedArguments, startedPids } from '../fixtures/processes.ts'

const ROOT = join(import.meta.dirname, '..', '..')

let folder: string
let shell: ChildProcess | undefined
beforeEach(() => {
  // web.ts starts the sidecar.cjs beside it: here it finds the fake one.
  folder = mkdtempSync(join(tmpdir(), 'oxbow-web-'))
  cpSync(join(ROOT, 'main'), join(folder, 'main'), { recursive: true })
  mkdirSync(join(folder, 'sidecar', 'contract'), { recursive: true })
  copyFileSync(join(ROOT, 'sidecar/contract/shell.ts'), join(folder, 'sidecar/contract/shell.ts'))
  copyFileSync(join(ROOT, 'package.json'), join(folder, 'package.json'))
  copyFileSync(join(ROOT, 'test/fixtures/fake-sidecar.cjs'), join(folder, 'main/sidecar.cjs'))
})
afterEach(() => {
  shell?.kill('SIGKILL')
  rmSync(folder, { recursive: true, maxRetries: 5 })
})

function run(mode: string, ...args: string[]) {
  const child = spawn(process.execPath, [join(folder, 'main/web.ts'), ...args], {
    env: {
      PATH: process.env.PATH,
      OXBOW_HOME: join(folder, 'home'),
      FAKE_SIDECAR: mode,
      FAKE_SIDECAR_PIDS: join(folder, 'pids'),
      NODE_NO_WARNINGS: '1',
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  shell = child
  const printed = { out: '', err: '' }
  child.stdout.on('data', (chunk) => {
    printed.out += chunk
  })
  child.stderr.on('data', (chunk) => {
    printed.err += chunk
  })
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve))
  const out = (text: string) => vi.waitFor(() => expect(printed.out).toContain(text), { timeout: 20_000 })
  return { child, printed, ended, out }
}

describe('web', () => {
  it.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)(
    'prints its one line with the link, and stops clean on %s',
    async (signal) => {
      const { child, printed, ended, out } = run('good', '--no-open', '--port', '4310')
      await out('\n')
      expect(printed).toEqual({ out: 'Oxbow is ready at http://127.0.0.1:4310/?ticket=1\n', err: '' })
      child.kill(signal)
      expect(await ended).toBe(0)
      expect(printed.out.split('\n')).toHaveLength(2)
      expect(startedPids(folder)).toHaveLength(1)
      expect(startedPids(folder).filter(alive)).toEqual([])
    },
  )

  it('brings a killed sidecar back at the port it had', async () => {
    const { child, ended, out } = run('good', '--no-open')
    await out('Oxbow is ready at http://127.0.0.1:4299/?ticket=1\n')
    process.kill(startedPids(folder)[0]!, 'SIGKILL')
    await out('Oxbow is back at http://127.0.0.1:4299/\n')
    expect(startedArguments(folder)).toEqual(['', '--port 4299'])
    child.kill('SIGINT')
    expect(await ended).toBe(0)
    expect(startedPids(folder).filter(alive)).toEqual([])
  })

  it('kills a sidecar that ignores everything', async () => {
    const { child, ended, out } = run('ignores-stop', '--no-open')
    await out('ready')
    child.kill('SIGINT')
    child.kill('SIGTERM')
    expect(await ended).toBe(0)
    expect(startedPids(folder).filter(alive)).toEqual([])
  })

  it('prints why the sidecar refused, with the log, and exits 1', async () => {
    const { printed, ended } = run('refuses', '--no-open')
    expect(await ended).toBe(1)
    expect(printed.err).toBe(
      `This home is in use.\nStop the other Oxbow.\nThe log: ${join(folder, 'home/logs/sidecar-console.log')}\n`,
    )
    expect(printed.out).toBe('')
    expect(startedPids(folder)).toHaveLength(1)
    expect(startedPids(folder).filter(alive)).toEqual([])
  })

  it('ends with a sidecar that was stopped through a door', async () => {
    const { printed, ended } = run('ends', '--no-open')
    expect(await ended).toBe(0)
    expect(printed.out).toBe('Oxbow is ready at http://127.0.0.1:4299/?ticket=1\nOxbow was stopped.\n')
  })

  it('leaves no sidecar behind when it is killed itself', async () => {
    const { child, out } = run('good', '--no-open')
    await out('ready')
    child.kill('SIGKILL')
    await vi.waitFor(() => expect(startedPids(folder).filter(alive)).toEqual([]), { timeout: 20_000 })
  })

  it.each([
    [['--port', 'x'], '--port takes a number from 0 to 65535, not "x".'],
    [['--port', '70000'], 'not "70000"'],
    [['--bogus'], '--bogus'],
    [['extra'], 'extra'],
  ])('refuses %j with its usage', async (args, message) => {
    const { printed, ended } = run('good', ...args)
    expect(await ended).toBe(2)
    expect(printed.err).toContain(message)
    expect(printed.err).toContain('Usage:')
    expect(startedPids(folder)).toEqual([])
  })
})
