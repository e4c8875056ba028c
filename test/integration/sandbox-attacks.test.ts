import { execFileSync, spawn } from 'node:child_process'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Box, createProcessSandbox, type Exit } from '../../sidecar/sandbox/index.ts'

const root = realpathSync(mkdtempSync(join(tmpdir(), 'oxbow-attacks-')))
const person = join(root, 'person')
const home = join(root, 'oxbow')
const workspace = join(home, 'workspaces', 'default')
const SECRET = 'SECRET-4711'
const secrets = [
  '.ssh/id_ed25519',
  '.aws/credentials',
  '.gnupg/key',
  '.config/gcloud/token',
  '.azure/t',
  '.kube/config',
  '.docker/config.json',
]
const secretFiles = [...secrets, '.netrc', '.npmrc', '.git-credentials', '.mozilla/cookies.sqlite', '.bash_history']
const env = {
  ...process.env,
  OPENAI_API_KEY: SECRET,
  ANTHROPIC_API_KEY: SECRET,
  AWS_SECRET_ACCESS_KEY: SECRET,
  SSH_AUTH_SOCK: SECRET,
}

const put = (path: string, text = SECRET): void => {
  mkdirSync(join(path, '..'), { recursive: true })
  writeFileSync(path, text)
}
for (const path of secretFiles) put(join(person, path))
for (const path of ['oxbow.db', 'run/gateway.json', 'config.toml', 'workspaces/other/notes.txt']) put(join(home, path))
mkdirSync(workspace, { recursive: true })
put(join(workspace, '.bashrc'), 'true')
put(join(workspace, '.oxbow/config.toml'), 'mode = "ask"')
execFileSync('git', ['init', '-q', workspace])

const sandbox = createProcessSandbox({ home, tmpRoot: join(home, 'tmp'), allowHosts: [], personHome: person, env })
const readiness = await sandbox.readiness()
if (!readiness.ready) console.warn(`Sandbox attacks skipped: ${readiness.reason}. ${readiness.mend}`)

let box: Box
let tcp: Server
let unix: Server
const port = (): number => (tcp.address() as { port: number }).port

beforeAll(async () => {
  if (!readiness.ready) return
  box = await sandbox.open(workspace)
  tcp = createServer((socket) => socket.end(SECRET)).listen(0, '127.0.0.1')
  unix = createServer((socket) => socket.end(SECRET)).listen(join(root, 'docker.sock'))
})
afterAll(async () => {
  await box?.close()
  tcp?.close()
  unix?.close()
  rmSync(root, { recursive: true, force: true })
})

interface Ran extends Exit {
  output: string
}

async function run(command: string, options: { timeoutMs?: number; signal?: AbortSignal } = {}): Promise<Ran> {
  let output = ''
  const exit = await box.run({
    command,
    cwd: workspace,
    timeoutMs: options.timeoutMs ?? 20_000,
    signal: options.signal ?? new AbortController().signal,
    onOutput(text) {
      output = (output + text).slice(-100_000)
    },
  })
  return { ...exit, output }
}

/** Processes of this machine whose command line holds the mark. */
function survivors(mark: string): string[] {
  const found: string[] = []
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      const line = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')
      const state = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.[0]
      if (line.includes(mark) && state !== 'Z') found.push(`${pid} ${line}`)
    } catch {
      // Ended while we looked.
    }
  }
  return found
}

describe.skipIf(!readiness.ready)('a command in a box', () => {
  it('works in the workspace and in its own temp folder, with a full pipe of output', async () => {
    const { output, code } = await run(
      'echo "grüße 🐂" > a.txt && cat a.txt && echo tmp > "$TMPDIR/t" && cat "$TMPDIR/t"; echo err >&2; exit 3',
    )
    expect(output).toBe('grüße 🐂\ntmp\nerr\n')
    expect(code).toBe(3)
    expect(readFileSync(join(workspace, 'a.txt'), 'utf8')).toBe('grüße 🐂\n')
  })

  it.each([
    ...secretFiles.map((path) => join(person, path)),
    ...['oxbow.db', 'run/gateway.json', 'workspaces/other/notes.txt'].map((p) => join(home, p)),
  ])('cannot read %s', async (path) => {
    const { output } = await run(
      `cat '${path}'; cp '${path}' stolen; cat /proc/self/root'${path}'; cat /proc/1/root'${path}'; ln -f '${path}' hard; ln -sf '${path}' soft; cat stolen hard soft; rm -f stolen hard soft`,
    )
    expect(output).not.toContain(SECRET)
  })

  it.skipIf(process.getuid?.() !== 0)('cannot read the password hashes, though we are root', async () => {
    expect((await run('cat /etc/shadow 2>/dev/null | wc -c')).output.trim()).toBe('0')
  })

  const outside = join(root, 'outside')
  it.each([
    ['a plain write', `echo x > ${outside}`],
    ['a write by way of a link', `ln -sf ${root} out; echo x > out/outside`],
    [
      'a write by way of /proc',
      `echo x > /proc/self/root${outside}; echo x > /proc/1/root${outside}; echo x > /proc/self/cwd/../../../outside`,
    ],
    ['a move', `echo x > m; mv m ${outside}; cp a.txt ${outside}; ln a.txt ${outside}`],
    [
      'a remount',
      `mount -o remount,rw /; mount -o bind,remount,rw ${root}; umount -l ${root}; mount --bind / /mnt; echo x > ${outside}; echo x > /mnt${outside}`,
    ],
    [
      'a namespace of its own',
      `unshare -Urm sh -c 'mount -o remount,rw /; echo x > ${outside}'; unshare -r sh -c 'echo x > ${outside}'`,
    ],
    ['another root', `chroot / sh -c 'echo x > ${outside}'`],
    ['a debugger', `strace -f -e trace=none sh -c 'echo x > ${outside}' 2>/dev/null`],
    [
      'a device',
      `mknod d b 8 0 && echo x > d; mknod k c 1 1 && cat k; mkdir -p m; mount -t devtmpfs d m && ls m; echo x > ${outside}`,
    ],
  ])('cannot write outside: %s', async (_, command) => {
    await run(command)
    expect(existsSync(outside)).toBe(false)
  })

  it('cannot write into system, home or shared temp folders', async () => {
    const paths = [
      '/etc/oxbow-attack',
      '/usr/oxbow-attack',
      '/tmp/oxbow-attack',
      '/var/tmp/oxbow-attack',
      join(person, 'oxbow-attack'),
      '/tmp/claude/oxbow-attack',
    ]
    mkdirSync('/tmp/claude', { recursive: true })
    await run(paths.map((path) => `echo x > ${path}`).join('; '))
    expect(paths.filter((path) => existsSync(path))).toEqual([])
  })

  it.each([
    ['.git/hooks/pre-commit', 'mkdir -p .git/hooks; echo evil > .git/hooks/pre-commit'],
    ['.git/hooks/pre-commit', 'mv .git g; mkdir -p .git/hooks; echo evil > .git/hooks/pre-commit'],
    ['.git/hooks/pre-commit', 'mv .git/hooks .git/h; mkdir -p .git/hooks; echo evil > .git/hooks/pre-commit'],
    ['.git/config', 'git config core.fsmonitor evil; echo evil >> .git/config; rm .git/config; echo evil > .git/config'],
    ['.oxbow/config.toml', 'echo evil > .oxbow/config.toml; rm -rf .oxbow; mkdir .oxbow; echo evil > .oxbow/config.toml'],
    ['.oxbow/config.toml', 'mv .oxbow o; mkdir .oxbow; echo evil > .oxbow/config.toml'],
    ['.bashrc', 'echo evil > .bashrc; rm .bashrc; echo evil > .bashrc; mv a.txt .bashrc'],
  ])('cannot change %s', async (path, command) => {
    await run(command)
    const file = join(workspace, path)
    expect(existsSync(file) ? readFileSync(file, 'utf8') : '').not.toContain('evil')
  })

  it('cannot make .oxbow where there is none, and leaves none behind', async () => {
    const bare = join(home, 'workspaces', 'bare')
    mkdirSync(bare)
    const other = await sandbox.open(bare)
    const signal = new AbortController().signal
    const attack = { cwd: bare, timeoutMs: 10_000, signal, onOutput: () => {} }
    await Promise.all([
      other.run({ ...attack, command: 'sleep 0.2; mkdir .oxbow; echo evil > .oxbow/config.toml' }),
      other.run({ ...attack, command: 'mkdir .oxbow; echo evil > .oxbow/config.toml' }),
    ])
    expect(readdirSync(bare)).toEqual([])
    await other.run({ ...attack, command: 'git init -q . && touch .git/hooks/x; echo ok > made' })
    expect(readdirSync(bare).sort()).toEqual(['.git', 'made'])
    await other.close()
    expect(existsSync(other.tmp)).toBe(false)
  })

  it('has none of the environment but a few harmless names', async () => {
    const { output } = await run('env; cat /proc/*/environ | tr "\\0" "\\n"')
    expect(output).not.toContain(SECRET)
    const names = (await run('env | cut -d= -f1')).output.trim().split('\n').sort()
    expect(names.filter((name) => !['_', 'OLDPWD', 'PWD', 'SHLVL'].includes(name))).toEqual(
      ['HOME', 'LANG', 'OXBOW_WORKSPACE', 'PATH', 'SHELL', 'TERM', 'TMPDIR', 'USER'].sort(),
    )
  })

  it('reaches no network: not directly, not on loopback, not past a proxy', async () => {
    const { output } = await run(
      `cat < /dev/tcp/127.0.0.1/${port()}; cat < /dev/tcp/1.1.1.1/80; http_proxy= https_proxy= curl -sS -m 3 --noproxy '*' http://127.0.0.1:${port()}; curl -sS -m 3 http://1.1.1.1; python3 -c "import socket; socket.create_connection(('127.0.0.1', ${port()}), 3)"`,
    )
    expect(output).not.toContain(SECRET)
    expect((await run('cat /proc/net/route | wc -l')).output.trim()).toBe('1')
  })

  it('reaches no unix socket', async () => {
    const path = join(root, 'docker.sock')
    const { output, code } = await run(
      `curl -sS -m 3 --unix-socket ${path} http://x; python3 -c "import socket; s = socket.socket(socket.AF_UNIX); s.connect('${path}'); print(s.recv(99))"`,
    )
    expect(output).not.toContain(SECRET)
    expect(code).not.toBe(0)
  })

  it('cannot see or end a process outside', async () => {
    const victim = spawn('sleep', ['30'])
    try {
      const { output } = await run(`kill -9 ${victim.pid}; kill -9 -1; ls -d /proc/${victim.pid}; true`)
      expect(output).toContain('No such')
      expect(victim.exitCode).toBeNull()
      expect(victim.signalCode).toBeNull()
      process.kill(victim.pid!, 0)
    } finally {
      victim.kill('SIGKILL')
    }
  })

  it('cannot type into a terminal', async () => {
    expect((await run('cat < /dev/tty')).code).not.toBe(0)
    expect((await run(`python3 -c "import fcntl; fcntl.ioctl(0, 0x5412, b'x')"`)).code).not.toBe(0)
  })
})

describe.skipIf(!readiness.ready || process.platform !== 'linux')('the end of a command', () => {
  const daemons = [
    ['one that ignores SIGTERM', (n: number) => `trap '' TERM; sleep ${n} & trap '' TERM; sleep ${n}; sleep ${n}`],
    ['setsid and nohup', (n: number) => `setsid nohup sleep ${n} >/dev/null 2>&1 & sleep ${n}`],
    [
      'a double fork',
      (n: number) =>
        `(setsid bash -c "trap '' TERM HUP; (sleep ${n} >/dev/null 2>&1 &) ; sleep ${n}" >/dev/null 2>&1 &); sleep ${n}`,
    ],
  ] as const

  it.each(daemons)('by time-out leaves nothing alive: %s', async (_, command) => {
    const mark = 70_000 + Math.floor(Math.random() * 10_000)
    const { reason } = await run(command(mark), { timeoutMs: 300 })
    expect(reason).toBe('timeout')
    expect(survivors(`sleep ${mark}`)).toEqual([])
  })

  it.each(daemons)('by cancel leaves nothing alive: %s', async (_, command) => {
    const mark = 80_000 + Math.floor(Math.random() * 10_000)
    const controller = new AbortController()
    const ended = run(command(mark), { signal: controller.signal })
    await expect.poll(() => survivors(`sleep ${mark}`), { timeout: 5000 }).not.toEqual([])
    controller.abort()
    expect((await ended).reason).toBe('cancelled')
    expect(survivors(`sleep ${mark}`)).toEqual([])
  })

  it('by itself leaves nothing alive either', async () => {
    const mark = 90_000 + Math.floor(Math.random() * 9000)
    const { code } = await run(`(setsid nohup sleep ${mark} >/dev/null 2>&1 &); echo done`)
    expect(code).toBe(0)
    expect(survivors(`sleep ${mark}`)).toEqual([])
  })

  it('by the death of the sidecar leaves nothing alive', async () => {
    const mark = 50_000 + Math.floor(Math.random() * 9000)
    const script = `
      import { createProcessSandbox } from ${JSON.stringify(join(import.meta.dirname, '../../sidecar/sandbox/index.ts'))}
      const place = { home: ${JSON.stringify(home)}, tmpRoot: ${JSON.stringify(join(home, 'tmp'))}, personHome: ${JSON.stringify(person)} }
      const box = await createProcessSandbox({ ...place, allowHosts: [] }).open(${JSON.stringify(workspace)})
      const command = 'echo started; trap "" TERM HUP; (setsid sleep ${mark} >/dev/null 2>&1 &); sleep ${mark}'
      const signal = new AbortController().signal
      await box.run({ command, cwd: box.workspace, timeoutMs: 30000, signal, onOutput: (text) => process.stdout.write(text) })
    `
    const sidecar = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: ['ignore', 'pipe', 'inherit'] })
    await new Promise((done) => sidecar.stdout.once('data', done))
    await expect.poll(() => survivors(`sleep ${mark}`).filter((line) => !line.includes('node'))).not.toEqual([])
    sidecar.kill('SIGKILL')
    await expect.poll(() => survivors(`sleep ${mark}`), { timeout: 5000 }).toEqual([])
  })

  it('by time-out ends a flood of processes', async () => {
    const mark = 60_000 + Math.floor(Math.random() * 9000)
    // Bounded at 300, since nothing limits root's processes but this.
    const { reason } = await run(`for i in $(seq 300); do (setsid sleep ${mark} >/dev/null 2>&1 &); done; sleep ${mark}`, {
      timeoutMs: 1500,
    })
    expect(reason).toBe('timeout')
    expect(survivors(`sleep ${mark}`)).toEqual([])
  })

  it('gives the command the chance to tidy up', async () => {
    await run(`trap 'echo tidy > tidy.txt; exit' TERM; sleep 30 & wait`, { timeoutMs: 300 })
    expect(readFileSync(join(workspace, 'tidy.txt'), 'utf8')).toBe('tidy\n')
  })

  it('that was cancelled before it started runs nothing', async () => {
    const signal = AbortSignal.abort()
    expect((await run('echo x > never', { signal })).reason).toBe('cancelled')
    expect(existsSync(join(workspace, 'never'))).toBe(false)
  })
})

describe.skipIf(!readiness.ready)('the output of a command', () => {
  it('keeps memory flat in a flood and waits for a slow taker', async () => {
    let bytes = 0
    const before = process.memoryUsage.rss()
    let peak = before
    const exit = await box.run({
      command: 'head -c 200000000 /dev/zero | tr "\\0" "x"',
      cwd: workspace,
      timeoutMs: 60_000,
      signal: new AbortController().signal,
      async onOutput(text) {
        bytes += text.length
        peak = Math.max(peak, process.memoryUsage.rss())
        if (bytes < 1_000_000) await new Promise((done) => setTimeout(done, 5))
      },
    })
    expect(exit.code).toBe(0)
    expect(bytes).toBe(200_000_000)
    expect(peak - before).toBeLessThan(150 * 2 ** 20)
  })

  it('never cuts a character, wherever the pipe is cut', async () => {
    const pieces: string[] = []
    await box.run({
      command: `python3 -c "
import sys, time
data = ('€🐂é' * 20).encode()
for byte in data:
    sys.stdout.buffer.write(bytes([byte])); sys.stdout.buffer.flush()
"`,
      cwd: workspace,
      timeoutMs: 20_000,
      signal: new AbortController().signal,
      onOutput: (text) => void pieces.push(text),
    })
    expect(pieces.join('')).toBe('€🐂é'.repeat(20))
    expect(pieces.every((piece) => piece.isWellFormed() && !piece.includes('�'))).toBe(true)
  })

  it('takes commands with any quoting and of any length that a command line carries', async () => {
    expect((await run(`printf '%s|' "a'b" 'c"d' '$x' \\\\ "e\nf"; cat <<'END'\n$(no) \`no\`\nEND`)).output).toBe(
      `a'b|c"d|$x|\\|e\nf|$(no) \`no\`\n`,
    )
    expect((await run(`echo ${'x'.repeat(100_000)} | wc -c`)).output.trim()).toBe('100001')
    await expect(run(`echo ${'x'.repeat(3_000_000)}`)).rejects.toMatchObject({ code: 'sandbox.tooLong' })
  })
})

describe.skipIf(!readiness.ready)('a workspace behind a link', () => {
  it('is the folder the link leads to', async () => {
    const link = join(root, 'link')
    symlinkSync(workspace, link)
    const linked = await sandbox.open(link)
    expect(linked.workspace).toBe(workspace)
    await linked.close()
  })
})
