import { mkdirSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { FRUGAL_HEAP } from '../../main/sidecar-memory.ts'
import { type Box, createHostSandbox, replaceFile } from '../../sidecar/sandbox/index.ts'

const root = realpathSync(mkdtempSync(join(tmpdir(), 'oxbow-host-')))
const home = join(root, 'home')
const workspace = join(home, 'workspaces', 'default')
mkdirSync(workspace, { recursive: true })
writeFileSync(join(root, 'outside.txt'), 'outside')
const SECRET = 'SECRET-4711'
const sandbox = createHostSandbox({
  home,
  tmpRoot: join(home, 'tmp'),
  shared: join(home, 'shared'),
  personHome: root,
  env: { ...process.env, ...FRUGAL_HEAP, OPENAI_API_KEY: SECRET, SSH_AUTH_SOCK: SECRET },
})

let box: Box
beforeAll(async () => {
  box = await sandbox.open(workspace)
})
afterAll(async () => {
  await box.close()
  rmSync(root, { recursive: true, force: true })
})

async function run(command: string, options: { timeoutMs?: number; signal?: AbortSignal; cwd?: string } = {}) {
  let output = ''
  const { timeoutMs = 30_000, signal = new AbortController().signal, cwd = workspace } = options
  const onOutput = (text: string): void => {
    output += text
  }
  const exit = await box.run({ command, cwd, timeoutMs, signal, onOutput })
  return { ...exit, output }
}

/** Processes whose command line holds the mark. */
const survivors = (mark: string): string[] =>
  readdirSync('/proc').filter((pid) => {
    try {
      if (!/^\d+$/.test(pid) || readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.startsWith('Z')) return false
      return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').includes(mark)
    } catch {
      return false
    }
  })

describe('without isolation', () => {
  it('a command sees the whole computer, and still none of the secrets of the environment', async () => {
    expect((await run(`cat ${root}/outside.txt; exit 3`)).output).toBe('outside')
    const { output } = await run('env')
    expect(output).not.toContain(SECRET)
    // What only the sidecar's own C library is told.
    expect(output).not.toContain('MALLOC_')
    expect(output).toContain(`OXBOW_WORKSPACE=${workspace}\n`)
    expect(output).toContain(`OXBOW_SHARED=${join(home, 'shared')}\n`)
  })

  it('a command begins where a root leads to', async () => {
    expect((await run('pwd', { cwd: '/shared' })).output).toBe(`${join(home, 'shared')}\n`)
  })

  it('file tools reach no further than in any other tier', async () => {
    await expect(box.resolve(join(root, 'outside.txt'), 'read')).rejects.toMatchObject({ code: 'path.outside' })
    await expect(replaceFile(box, '.oxbow/config.toml', Buffer.from('x'))).rejects.toMatchObject({ code: 'path.protected' })
  })

  describe.skipIf(process.platform !== 'linux')('the end of a command leaves nothing alive', () => {
    const daemon = (n: number) =>
      `(setsid bash -c "trap '' TERM HUP; (sleep ${n} >/dev/null 2>&1 &) ; sleep ${n}" >/dev/null 2>&1 &); sleep ${n}`

    it('by time-out', async () => {
      const mark = 71_000_000 + Math.floor(Math.random() * 900_000)
      expect((await run(daemon(mark), { timeoutMs: 500 })).reason).toBe('timeout')
      expect(survivors(`sleep ${mark}`)).toEqual([])
    })

    it('by cancel', async () => {
      const mark = 72_000_000 + Math.floor(Math.random() * 900_000)
      const cancel = new AbortController()
      const ended = run(daemon(mark), { signal: cancel.signal })
      await expect.poll(() => survivors(`sleep ${mark}`).length, { timeout: 20_000 }).toBeGreaterThan(1)
      cancel.abort()
      expect((await ended).reason).toBe('cancelled')
      expect(survivors(`sleep ${mark}`)).toEqual([])
    })

    it('by itself, by kill, and by the end of the box', async () => {
      const marks = [73, 74, 75].map((n) => n * 1_000_000 + Math.floor(Math.random() * 900_000))
      expect((await run(`(setsid nohup sleep ${marks[0]} >/dev/null 2>&1 &); echo done`)).output).toBe('done\n')
      expect(survivors(`sleep ${marks[0]}`)).toEqual([])
      const second = await sandbox.open(workspace)
      const [killed] = await Promise.all(
        marks.slice(1).map((mark) => second.start({ command: daemon(mark), cwd: workspace, onOutput: () => {} })),
      )
      await expect
        .poll(() => marks.slice(1).every((mark) => survivors(`sleep ${mark}`).length > 1), { timeout: 20_000 })
        .toBe(true)
      await killed!.kill()
      expect(survivors(`sleep ${marks[1]}`)).toEqual([])
      await second.close()
      expect(survivors(`sleep ${marks[2]}`)).toEqual([])
    })
  })
})
