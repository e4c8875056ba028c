import { execFileSync, spawn } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import {
  chmodSync,
  closeSync,
  constants,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Exit } from '../../../sidecar/sandbox/index.ts'

/** What came of an attack's command. `grown` is by how much our memory grew, in bytes; `bytes` what it printed. */
export interface Result extends Exit {
  output: string
  grown: number
  bytes: number
}

/** A person's computer, as far as an attacker cares for it: secrets, a process, sockets, a repository to work in. */
export interface World {
  readonly secret: string
  readonly root: string
  readonly person: string
  readonly home: string
  readonly workspace: string
  readonly outside: string
  /** Files that hold the secret, none of them in the workspace. */
  readonly secrets: readonly string[]
  /** The environment of the sidecar. */
  readonly env: NodeJS.ProcessEnv
  readonly victim: number
  readonly port: number
  readonly udp: number
  readonly abstract: string
  /** The number of ptrace among the system's calls. */
  readonly ptrace: number
  /** The number of keyctl among them, and of a shared memory segment of the person's. */
  readonly keyctl: number
  readonly segment: string
  /** A named pipe which somebody reads, in a folder of programs: boxes see it, also where what is around it is closed to them. */
  readonly pipe: string
  /** A socket for datagrams beside it. */
  readonly datagrams: string
  /** What came out of the pipe since it was last asked. */
  piped(): string
  /** For `sleep`: tells this attack's processes from all others. */
  readonly mark: number
  /** How much attacks try to take. */
  readonly most: { processes: number; memory: number; disk: number; output: number }
  readonly noted: string | undefined
  note(what: string): void
  /** The attack's processes that live on this computer. */
  survivors(): Promise<string[]>
  /** Where the attacker's word got to, of all places where it must not. */
  evil(): string | undefined
  /** How many connections its servers were asked for so far. */
  connections(): number
  /** Whether a question reached the name server. */
  asked(): boolean
  victimAlive(): boolean
  victimTraced(): boolean
  /** Before each attack. */
  renew(): void
  close(): void
}

const MB = 2 ** 20
const SECRET = 'SECRET-4711'

export async function createWorld(): Promise<World> {
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'oxbow-world-')))
  const [person, home, outside] = [join(root, 'person'), join(root, 'oxbow'), join(root, 'person/Documents')]
  const workspace = join(home, 'workspaces/default')
  const put = (path: string, text = SECRET): string => {
    mkdirSync(join(path, '..'), { recursive: true })
    writeFileSync(path, text)
    return path
  }
  const secrets = [
    ...['.ssh/id_ed25519', '.aws/credentials', '.config/gcloud/token', '.netrc', '.mozilla/cookies.sqlite'].map((path) =>
      put(join(person, path)),
    ),
    ...['oxbow.db', 'run/gateway.json', 'config.toml', 'workspaces/other/notes.txt'].map((path) => put(join(home, path))),
  ]
  for (const name of ['file', 'only-there']) put(join(outside, name))
  const startup = ['.bashrc', '.profile', '.zshrc'].map((name) => put(join(person, name), 'true'))
  const guarded = [put(join(workspace, '.bashrc'), 'true'), put(join(workspace, '.oxbow/config.toml'), '')]
  execFileSync('git', ['init', '-q', workspace])
  const nested = ['.git/modules/sub', '.git/worktrees/tree', 'nested/.git'].map((name) => join(workspace, name))
  for (const folder of nested) execFileSync('git', ['init', '-q', '--bare', folder])
  for (const folder of nested)
    guarded.push(put(join(folder, 'hooks/pre-commit'), 'true'), put(join(folder, 'config.worktree'), ''))
  guarded.push(...nested.map((folder) => join(folder, 'config')), put(join(workspace, '.git/config.worktree'), ''))
  // Held open as a sidecar holds its database: no child may find it.
  const open = openSync(secrets[5]!, 'r')

  // Not in /tmp, which is each box's own.
  const shown = mkdtempSync('/var/tmp/oxbow-world-')
  chmodSync(shown, 0o755)
  const pipe = join(shown, 'pipe')
  execFileSync('mkfifo', ['-m', '0622', pipe])
  const reader = openSync(pipe, constants.O_RDWR | constants.O_NONBLOCK)

  // Node knows no such sockets.
  const datagrams = join(shown, 'datagrams')
  const listen =
    'socket(my $s, 1, 2, 0); bind($s, pack("S a*", 1, $ARGV[0])) or die; chmod(0777, $ARGV[0]); print "here"; sleep 60 while 1'
  const listener = existsSync('/usr/bin/perl') ? spawn('/usr/bin/perl', ['-e', `$| = 1; ${listen}`, datagrams]) : undefined
  if (listener) await once(listener.stdout, 'data')

  const victim = spawn('/bin/sh', ['-c', 'while :; do sleep 5; done', 'oxbow-victim'], { stdio: 'ignore' })
  const servers = [createServer(), createServer(), createServer()]
  const segment = /\d+/.exec(execFileSync('ipcmk', ['-M', '64', '-p', '0600'], { encoding: 'utf8' }))![0]
  const abstract = `oxbow-world-${process.pid}`
  let connections = 0
  for (const server of servers)
    server.on('connection', (socket) => {
      connections += 1
      socket.on('error', () => {}).end(SECRET)
    })
  await Promise.all(
    [0, join(root, 'docker.sock'), `\0${abstract}`].map(
      (where, at) =>
        new Promise<void>((done) => servers[at]!.listen(where as number, ...(where === 0 ? ['127.0.0.1'] : []), done)),
    ),
  )
  let questions = 0
  const names = createSocket('udp4').on('message', () => {
    questions += 1
  })
  await new Promise<void>((done) => names.bind(0, '127.0.0.1', done))

  const places = [root, person, home, outside, '/', '/etc', '/usr/bin', '/var/lib', '/opt'].map((folder) => join(folder, 'evil'))
  const watched = [
    ...places,
    ...startup,
    ...guarded,
    join(workspace, '.git/config'),
    join(workspace, '.git/commondir'),
    join(person, '.config/autostart/x.desktop'),
  ]
  const hooks = join(workspace, '.git/hooks')
  let mark = 100_000 + Math.floor(Math.random() * 800_000)
  let noted: string | undefined

  return {
    secret: SECRET,
    root,
    person,
    home,
    workspace,
    outside,
    secrets,
    env: {
      ...process.env,
      OPENAI_API_KEY: SECRET,
      AWS_SECRET_ACCESS_KEY: SECRET,
      SSH_AUTH_SOCK: SECRET,
      PATH: `${process.env.PATH}:${shown}`,
    },
    victim: victim.pid!,
    port: (servers[0]!.address() as { port: number }).port,
    udp: names.address().port,
    abstract,
    ptrace: process.arch === 'arm64' ? 117 : 101,
    keyctl: process.arch === 'arm64' ? 219 : 250,
    segment,
    pipe,
    datagrams,
    piped() {
      try {
        const bytes = Buffer.alloc(100)
        return bytes.toString('utf8', 0, readSync(reader, bytes))
      } catch {
        return ''
      }
    },
    get mark() {
      return mark
    },
    most: { processes: 300, memory: 400 * MB, disk: 80 * MB, output: 40 * MB },
    get noted() {
      return noted
    },
    note(what) {
      noted ??= what
    },
    survivors: async () => survivors(`sleep\0${mark}`),
    evil() {
      const inHooks = list(hooks).map((name) => join(hooks, name))
      const others = list(outside).map((name) => join(outside, name))
      return [...watched, ...inHooks, ...others].find((path) => read(path).includes('evil'))
    },
    connections: () => connections,
    asked: () => questions > 0,
    victimAlive: () => victim.exitCode === null && victim.signalCode === null,
    victimTraced: () => !/^TracerPid:\s0$/m.test(read(`/proc/${victim.pid}/status`)),
    renew() {
      mark += 1
      noted = undefined
    },
    close() {
      victim.kill('SIGKILL')
      listener?.kill('SIGKILL')
      execFileSync('ipcrm', ['-m', segment])
      names.close()
      for (const server of servers) server.close()
      for (const descriptor of [open, reader]) closeSync(descriptor)
      for (const folder of [root, shown]) rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** Processes of this computer whose command line holds the words, in whatever box. */
function survivors(words: string): string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => read(`/proc/${pid}/cmdline`).includes(words) && !/^State:\s+Z/m.test(read(`/proc/${pid}/status`)))
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}

function list(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}
