import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { appendFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { AuditEntry } from '../../sidecar/contract/index.ts'
import type { RunReport } from '../../sidecar/doors/cli/commands/run.ts'
import { connect } from '../fixtures/sidecar-process.ts'

const ENTRY = join(import.meta.dirname, '../../sidecar/oxbow.ts')

let folder: string
let home: string
let workspace: string
const running = new Set<ChildProcess>()

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'oxbow-cli-'))
  home = join(folder, 'home')
  workspace = join(folder, 'work')
  mkdirSync(workspace)
  writeFileSync(join(workspace, 'a.txt'), 'the river bends\n')
})
afterEach(async () => {
  for (const child of running) {
    child.kill('SIGKILL')
    await once(child, 'exit')
  }
  rmSync(folder, { recursive: true, force: true })
})

interface Ended {
  code: number | null
  stdout: string
  stderr: string
}
interface Started {
  child: ChildProcess
  ended: Promise<Ended>
  /** Settles once stdout or stderr holds this. */
  shows(text: string): Promise<void>
}

function start(args: string[], { input, env }: { input?: string; env?: NodeJS.ProcessEnv } = {}): Started {
  const child = spawn(process.execPath, [ENTRY, ...args], {
    cwd: workspace,
    env: { PATH: process.env.PATH, HOME: folder, OXBOW_HOME: home, OXBOW__MODELS__DEFAULT: 'offline/guide', ...env },
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  running.add(child)
  const output = { stdout: '', stderr: '' }
  for (const name of ['stdout', 'stderr'] as const) child[name].setEncoding('utf8').on('data', (text) => (output[name] += text))
  child.stdin.end(input ?? '')
  const ended = once(child, 'close').then(([code]) => {
    running.delete(child)
    return { code: code as number | null, ...output }
  })
  const shows = (text: string): Promise<void> =>
    new Promise((resolve, reject) => {
      const look = (): void => {
        if (output.stdout.includes(text) || output.stderr.includes(text)) resolve()
      }
      for (const stream of [child.stdout, child.stderr]) stream.on('data', look)
      void ended.then(() => reject(new Error(`ended without "${text}": ${output.stdout}${output.stderr}`)))
      look()
    })
  return { child, ended, shows }
}

const oxbow = (...args: string[]): Promise<Ended> => start(args).ended
const gateway = () => join(home, 'run/gateway.json')

describe('run', () => {
  test('answers on stdout, tells of calls on stderr, and leaves nothing running', async () => {
    const { code, stdout, stderr } = await oxbow('run', 'read', 'a.txt')
    expect(stderr).toBe('> read a.txt\n')
    expect(stdout).toContain('the river bends')
    expect(code).toBe(0)
    expect(existsSync(gateway())).toBe(false)
  })

  test('--json prints one object and nothing else; without a person a write is refused', async () => {
    const { code, stdout, stderr } = await oxbow('run', '--json', '--exit-code', 'write b.txt with hello')
    const report = JSON.parse(stdout) as RunReport
    expect(report).toEqual({
      response: expect.stringContaining('b.txt'),
      sessionId: expect.stringMatching(/^ses_/),
      turnId: expect.stringMatching(/^trn_/),
      status: 'completed',
      toolCalls: [{ name: 'write', args: { path: 'b.txt', content: 'hello' }, status: 'denied', title: 'write b.txt' }],
      usage: { input: 0, output: 0, cacheRead: 0, cacheWrite: 0 },
      costUsd: 0,
      durationMs: expect.any(Number),
      exitCode: 3,
    })
    expect(code).toBe(3)
    expect(stderr).toContain('no person at the terminal')
    expect(existsSync(join(workspace, 'b.txt'))).toBe(false)
  })

  test('a mode lets it write; a second run goes on in the session', async () => {
    const first = await oxbow('run', '--json', '--mode', 'auto-edit', 'write b.txt with hello')
    const { sessionId } = JSON.parse(first.stdout) as RunReport
    expect(readFileSync(join(workspace, 'b.txt'), 'utf8')).toBe('hello')
    const second = await oxbow('run', '--session', sessionId, 'read b.txt')
    expect(second.stdout).toContain('hello')
    const { sessions } = JSON.parse((await oxbow('sessions', '--json')).stdout)
    expect(sessions).toHaveLength(1)
    expect(sessions[0].workspace).toBe(workspace)
  })

  test('hands in what comes on stdin, and says what cannot be handed in', async () => {
    const { code, stdout } = await start(['run', '--json', '--context-file', '-', 'what can you do'], { input: 'from the pipe' })
      .ended
    expect(code).toBe(0)
    const { sessionId } = JSON.parse(stdout) as RunReport
    expect(readFileSync(join(home, 'oxbow.db')).includes(sessionId)).toBe(true)
    expect(readFileSync(join(home, 'oxbow.db')).includes('from the pipe')).toBe(true)
    const missing = await oxbow('run', '--context-file', 'nowhere.txt', 'x')
    expect(missing).toMatchObject({ code: 2, stderr: 'oxbow: --context-file: nowhere.txt does not exist\n' })
  })

  test('Ctrl-C cancels the turn, keeps the log whole and exits with 130', async () => {
    const run = start(['run', '--json', '--mode', 'auto', 'run `sleep 30`'])
    await run.shows('> sleep 30')
    run.child.kill('SIGINT')
    const { code, stdout } = await run.ended
    expect(code).toBe(130)
    expect(JSON.parse(stdout)).toMatchObject({ status: 'cancelled', exitCode: 130, toolCalls: [{ status: 'cancelled' }] })
    expect(existsSync(gateway())).toBe(false)
  })

  test('two at once share a home', async () => {
    const both = await Promise.all([oxbow('run', 'read a.txt'), oxbow('run', 'list files')])
    expect(both.map(({ code }) => code)).toEqual([0, 0])
    expect(JSON.parse((await oxbow('sessions', '--json')).stdout).sessions).toHaveLength(2)
  })

  test('a reader that goes away does no harm', async () => {
    const run = start(['run', 'read a.txt'])
    run.child.stdout?.destroy()
    expect((await run.ended).code).toBe(0)
    expect(existsSync(gateway())).toBe(false)
  })
})

test('serve, status and stop', async () => {
  expect(await oxbow('status')).toMatchObject({ code: 0, stdout: 'Oxbow is not running.\n' })
  expect(JSON.parse((await oxbow('status', '--json')).stdout)).toEqual({ running: false })
  expect(await oxbow('stop')).toMatchObject({ code: 0, stdout: 'Oxbow is not running.\n' })

  const server = start(['serve', '--port', '0'])
  await server.shows('ticket=')
  const status = JSON.parse((await oxbow('status', '--json', '--link')).stdout)
  expect(status).toMatchObject({ running: true, pid: server.child.pid, link: expect.stringContaining('ticket=') })
  expect((await oxbow('run', 'read a.txt')).stdout).toContain('the river bends')
  expect(await oxbow('serve')).toMatchObject({ code: 1, stderr: expect.stringContaining('already runs') })
  expect(await oxbow('stop')).toMatchObject({ code: 0, stdout: 'Oxbow has stopped.\n' })
  expect((await server.ended).code).toBe(0)

  const again = start(['serve', '--port', '0'])
  await again.shows('ticket=')
  again.child.kill('SIGTERM')
  expect((await again.ended).code).toBe(0)
  expect(existsSync(gateway())).toBe(false)
})

test('what a crash left behind does not keep a command from working', async () => {
  const server = start(['serve', '--port', '0'])
  await server.shows('ticket=')
  server.child.kill('SIGKILL')
  await server.ended
  expect(existsSync(gateway())).toBe(true)
  expect((await oxbow('run', 'read a.txt')).code).toBe(0)
  expect(existsSync(gateway())).toBe(false)
})

test('a question that outlived its sidecar is answered at the command line, and its turn goes on', async () => {
  const server = start(['serve', '--port', '0'])
  await server.shows('ticket=')
  const { url, token } = JSON.parse(readFileSync(gateway(), 'utf8'))
  const client = connect(url, token)
  const { id } = await client.sessions.create({ workspace })
  await client.turns.send({ sessionId: id, parts: [{ type: 'text', text: 'write b.txt with hello' }] })
  await expect.poll(async () => (await client.approvals.list({})).approvals.length).toBe(1)
  expect((await oxbow('stop')).code).toBe(0)
  await server.ended

  const { approvals } = JSON.parse((await oxbow('approvals', 'list', '--json')).stdout)
  expect(approvals).toHaveLength(1)
  const listed = (await oxbow('approvals')).stdout
  expect(listed).toContain('  path: b.txt\n  + hello\n')
  expect(listed).toContain(
    `Always would allow any file of this folder, or save:\n  allow tool write, path b.txt in ${workspace}\n`,
  )
  const answered = await oxbow('approvals', 'answer', approvals[0].id, 'yes', '--scope', 'always')
  expect(answered).toMatchObject({
    code: 0,
    stdout: 'The turn went on: completed.\n',
    stderr: expect.stringContaining('any file of this folder'),
  })
  expect(readFileSync(join(workspace, 'b.txt'), 'utf8')).toBe('hello')
  const { grants } = JSON.parse((await oxbow('approvals', 'grants', '--json')).stdout)
  expect(grants).toMatchObject([{ tier: 'write', workspace }])
  expect((await oxbow('approvals', 'revoke', String(grants[0].id))).code).toBe(0)
  expect(JSON.parse((await oxbow('approvals', 'grants', '--json')).stdout)).toEqual({ grants: [] })
})

test('settings are set, shown and taken back', async () => {
  expect((await oxbow('config', 'path')).stdout).toBe(`${join(home, 'config.toml')}\n`)
  expect((await oxbow('config', 'set', 'gateway.port', '4321')).code).toBe(0)
  expect((await oxbow('config', 'get', 'gateway.port')).stdout).toBe('4321\n')
  expect((await oxbow('config', 'show')).stdout).toContain(join(home, 'config.toml'))
  expect(await oxbow('config', 'set', 'gateway.prt', '1')).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('gateway.port'),
  })
  expect(await oxbow('config', 'set', 'providers.openai.api_key', 'planted')).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('oxbow providers add openai'),
  })
  expect((await oxbow('config', 'unset', 'gateway.port')).code).toBe(0)
  expect((await oxbow('config', 'get', 'gateway.port')).stdout).toBe('4200\n')
})

test('says how the models are doing', async () => {
  expect(await oxbow('models', '--health')).toMatchObject({ code: 0, stderr: expect.stringContaining('No model was called') })
  expect(JSON.parse((await oxbow('models', '--health', '--json')).stdout)).toEqual({ models: [] })
})

test('settings that are set while nothing runs are recorded as set, those edited in their file as edited', async () => {
  const recorded = async (): Promise<string[]> =>
    (await oxbow('audit', 'list', '--json', '--kind', 'config')).stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as AuditEntry)
      .map(({ actor, title }) => `${actor}: ${title}`)
  expect((await oxbow('config', 'set', 'policy.mode', 'auto-edit')).code).toBe(0)
  expect((await oxbow('config', 'unset', 'policy.mode')).code).toBe(0)
  const set = Array(2).fill('person: Setting changed: policy.mode')
  for (const _ of [1, 2]) expect(await recorded()).toEqual(set)
  appendFileSync(join(home, 'config.toml'), '# mine\n')
  expect((await oxbow('config', 'set', 'policy.mode', 'ask')).code).toBe(0)
  const edited = 'outsider: config.toml was changed outside of the running Oxbow'
  expect(await recorded()).toEqual([...set, edited, set[0]])
})

test('settings that no Oxbow can start with are mended', async () => {
  mkdirSync(home)
  writeFileSync(join(home, 'config.toml'), '[gateway]\nport = "x"\n')
  expect(await oxbow('config', 'set', 'policy.mode', 'ask')).toMatchObject({ code: 2, stderr: expect.stringContaining(':2') })
  expect((await oxbow('config', 'set', 'gateway.port', '4321')).code).toBe(0)
  expect((await oxbow('config', 'set', 'gateway.host', 'nowhere.invalid')).code).toBe(0)
  expect((await oxbow('policy', 'list')).code).not.toBe(0)
  expect((await oxbow('config', 'unset', 'gateway.host')).code).toBe(0)
  expect((await oxbow('policy', 'list')).code).toBe(0)
})

test('rules are added, explained and removed', async () => {
  expect(await oxbow('policy', 'list')).toMatchObject({ code: 0, stderr: expect.stringContaining('There are no rules') })
  expect((await oxbow('policy', 'add', 'deny', '--program', 'ssh', '--reason', 'no remote shells')).code).toBe(0)
  expect((await oxbow('policy', 'list')).stdout).toContain('deny program ssh: no remote shells')
  expect((await oxbow('policy', 'explain', 'env ssh host')).stdout).toMatch(/^deny: no remote shells\nprograms: env, ssh\n/)
  expect((await oxbow('policy', 'explain', 'rm -rf /')).stdout).toMatch(/^ask: It deletes \//)
  expect((await oxbow('policy', 'explain', '--mode', 'auto', 'ls')).stdout).toBe('allow: mode auto\nprograms: ls\n')
  expect(await oxbow('policy', 'add', 'allow')).toMatchObject({ code: 2, stderr: expect.stringContaining('names nothing') })
  expect((await oxbow('policy', 'simulate', '--remove', '0')).stdout).toMatch(/^This would have changed 0 of \d+ calls/)
  expect(await oxbow('policy', 'simulate')).toMatchObject({ code: 2, stderr: expect.stringContaining('nothing to simulate') })
  expect((await oxbow('policy', 'remove', '0')).code).toBe(0)
  expect(await oxbow('policy', 'add', 'ask', '--amount', '0.5')).toMatchObject({ code: 2 })
  expect(await oxbow('policy', 'remove', '0')).toMatchObject({ code: 2, stderr: expect.stringContaining('no rule 0') })
})

test('a simulation counts by themselves the calls of a folder whose rules cannot be read', async () => {
  await oxbow('run', 'read a.txt')
  mkdirSync(join(workspace, '.oxbow'))
  writeFileSync(join(workspace, '.oxbow/policy.toml'), 'no rules')
  const { code, stdout } = await oxbow('policy', 'simulate', 'deny', '--tool', 'read')
  expect({ code, lines: stdout.trim().split('\n') }).toEqual({
    code: 0,
    lines: [
      'This would have changed 0 of 0 calls of the past 7 days.',
      expect.stringContaining(`1 call in ${workspace} cannot be judged: `),
    ],
  })
})

test('a call is explained as a session would have it answered', async () => {
  const { sessionId } = JSON.parse((await oxbow('run', '--json', '--mode', 'auto', 'read a.txt')).stdout) as RunReport
  expect((await oxbow('policy', 'explain', 'ls')).stdout).toMatch(/^ask: /)
  expect((await oxbow('policy', 'explain', '--session', sessionId, 'ls')).stdout).toBe('allow: mode auto\nprograms: ls\n')
  expect((await oxbow('policy', 'explain', '--session', 'x', 'ls')).code).toBe(2)
})

test('labels are listed and taken away', async () => {
  expect(await oxbow('taint', 'files')).toMatchObject({ code: 0, stderr: expect.stringContaining('No file has labels') })
  expect(await oxbow('taint', 'trust', 'nothing')).toMatchObject({ code: 0, stdout: 'It had no labels.\n' })
  expect(await oxbow('taint', 'list', 'x')).toMatchObject({ code: 2, stderr: expect.stringContaining("no session's id") })
})

test('wrong use exits with 2', async () => {
  expect(await oxbow('run', '--bogus', 'x')).toMatchObject({ code: 2, stderr: "oxbow: unknown option '--bogus'\n" })
  expect(await oxbow('run', '--session', 'nonsense', 'x')).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('no session id'),
  })
  writeFileSync(join(home, 'config.toml'), '[gateway]\nport = "x"\n')
  expect(await oxbow('run', 'x')).toMatchObject({ code: 2, stderr: expect.stringContaining('config.toml:2') })
})

test('doctor works without a sidecar and with wrong settings', async () => {
  const { checks } = JSON.parse((await oxbow('doctor', '--json')).stdout)
  expect(checks.map(({ name }: { name: string }) => name)).toEqual(
    expect.arrayContaining(['node', 'sandbox', 'database', 'keys']),
  )
  mkdirSync(home, { recursive: true })
  writeFileSync(join(home, 'config.toml'), 'nonsense')
  const wrong = await oxbow('doctor')
  expect(wrong).toMatchObject({ code: 1, stdout: expect.stringContaining('config.toml:1') })
})

test('a conversation over a pipe', async () => {
  const input = 'read a.txt\n/mode auto-edit\nwrite b.txt with hi\n/bogus\n/new\n/sessions\n/quit\n'
  const { code, stdout, stderr } = await start(['chat'], { input }).ended
  expect(code).toBe(0)
  expect(stdout).toContain('the river bends')
  expect(readFileSync(join(workspace, 'b.txt'), 'utf8')).toBe('hi')
  expect(stderr).toContain('there is no command /bogus')
  expect(stderr.match(/ses_/g)).toHaveLength(2)
})

test('the completion script of bash completes commands, options and their values', async () => {
  const script = (await oxbow('completion', 'bash')).stdout
  const complete = async (...words: string[]): Promise<string> => {
    const line = words.map((word) => `'${word}'`).join(' ')
    const shell = spawn('bash', [
      '--norc',
      '-c',
      `${script}\nCOMP_WORDS=(${line}); COMP_CWORD=${words.length - 1}; _oxbow; echo "$\{COMPREPLY[*]}"`,
    ])
    let output = ''
    shell.stdout.setEncoding('utf8').on('data', (text) => (output += text))
    await once(shell, 'close')
    return output.trim()
  }
  expect(await complete('oxbow', 'ser')).toBe('serve')
  expect(await complete('oxbow', 'sessions', 're')).toBe('rename')
  expect(await complete('oxbow', 'run', '--mode', 'auto')).toBe('auto-edit auto')
  expect(await complete('oxbow', 'completion', '')).toContain('fish')
})
