import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { createServer as createTlsServer } from 'node:tls'
import { afterAll, describe, expect, it } from 'vitest'
import { findProgram } from '../../sidecar/foundation/index.ts'
import { findEngine } from '../../sidecar/sandbox/container/engine.ts'
import { CONTAINER_DEFAULTS, createContainerSandbox } from '../../sidecar/sandbox/container/index.ts'
import { testImage } from '../fixtures/container-image.ts'

/** The engine of this computer, reached in every way that one can be named, by real connections. */

const ENGINE = '/var/run/docker.sock'
const found = await testImage()
const missing = found.image === undefined ? found.missing : existsSync(ENGINE) ? undefined : `no engine listens at ${ENGINE}`
const openssl = findProgram('openssl')
const sshd = ['/usr/sbin/sshd', '/usr/bin/sshd'].find((path) => existsSync(path))
const noSsh =
  sshd === undefined || findProgram('ssh') === undefined || findProgram('ssh-keygen') === undefined
    ? 'openssh-server and openssh-client are not installed'
    : findProgram('docker') === undefined
      ? 'the docker command is not installed, whose dial-stdio is the other end'
      : undefined
if (missing !== undefined) console.warn(`Tests of engines' addresses skipped: ${missing}.`)
else {
  if (openssl === undefined) console.warn('Tests of an engine behind TLS skipped: openssl is not installed.')
  if (noSsh !== undefined) console.warn(`Tests of an engine behind ssh skipped: ${noSsh}.`)
}

const root = missing === undefined ? realpathSync(mkdtempSync(join(tmpdir(), 'oxbow-endpoints-'))) : ''
const ends: (() => unknown)[] = []
afterAll(async () => {
  for (const end of ends.reverse()) await end()
  rmSync(root, { recursive: true, force: true })
})

const toEngine = (socket: Socket): void => {
  const engine = connect({ path: ENGINE, allowHalfOpen: true })
  socket.on('error', () => engine.destroy()).on('close', () => engine.destroy())
  engine.on('error', () => socket.destroy()).on('close', () => socket.destroy())
  socket.pipe(engine).pipe(socket)
}

const connections = new WeakMap<Server, Set<Socket>>()

async function listening<S extends Server>(server: S, where: { path: string } | { port: number; host: string }): Promise<S> {
  const open = new Set<Socket>()
  server.on('connection', (socket: Socket) => {
    open.add(socket)
    socket.on('close', () => open.delete(socket))
  })
  connections.set(server, open)
  ends.push(() => close(server))
  server.listen(where)
  await once(server, 'listening')
  return server
}

/** With all that is connected to it. */
async function close(server: Server): Promise<void> {
  const closed = new Promise((done) => server.close(done))
  for (const socket of connections.get(server) ?? []) socket.destroy()
  await closed
}

let folders = 0
const folder = (...below: string[]): string => {
  folders += 1
  const path = join(root, String(folders), ...below)
  mkdirSync(path, { recursive: true })
  return path
}

/** Runs a command in a box of the engine that these variables and settings name. */
async function boxAt(env: NodeJS.ProcessEnv, { host, personHome = folder() }: { host?: string; personHome?: string } = {}) {
  const home = folder('home')
  const workspace = join(home, 'workspaces/w')
  mkdirSync(workspace, { recursive: true })
  const sandbox = createContainerSandbox({
    home,
    tmpRoot: join(home, 'tmp'),
    personHome,
    env,
    settings: { ...CONTAINER_DEFAULTS, image: found.image, memoryMb: 128, maxProcesses: 64, ...(host !== undefined && { host }) },
    log: { debug() {}, warn() {} },
  })
  try {
    const ready = await sandbox.readiness()
    if (!ready.ready) return { ready }
    const box = await sandbox.open(workspace)
    let output = ''
    try {
      const exit = await box.run({
        command: 'echo made > here; cat here; echo err >&2; exit 3',
        cwd: workspace,
        timeoutMs: 60_000,
        signal: new AbortController().signal,
        onOutput: (text) => {
          output += text
        },
      })
      return { ready, exit, output, made: readFileSync(join(workspace, 'here'), 'utf8') }
    } finally {
      await box.close()
    }
  } finally {
    await sandbox.close()
  }
}
const WORKED = { ready: { ready: true }, exit: { code: 3, reason: 'exit' }, output: 'made\nerr\n', made: 'made\n' }

/** An authority, and the certificates that it gives a server on 127.0.0.1 and a client. */
function certificates(at: string): string {
  const run = (...args: string[]) => execFileSync(openssl!, args, { cwd: at, stdio: 'pipe' })
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']
  run('req', '-x509', ...key, '-keyout', 'ca-key.pem', '-out', 'ca.pem', '-days', '2', '-subj', '/CN=test authority')
  for (const [name, extension] of [
    ['server', 'subjectAltName=IP:127.0.0.1'],
    ['client', 'extendedKeyUsage=clientAuth'],
  ] as const) {
    writeFileSync(join(at, 'extension'), extension)
    const own = name === 'client' ? ['key.pem', 'cert.pem'] : ['server-key.pem', 'server.pem']
    run('req', ...key, '-keyout', own[0]!, '-out', 'request', '-subj', `/CN=${name}`)
    const signed = ['-CA', 'ca.pem', '-CAkey', 'ca-key.pem', '-CAcreateserial', '-days', '2', '-extfile', 'extension']
    run('x509', '-req', '-in', 'request', '-out', own[1]!, ...signed)
  }
  return at
}

describe.skipIf(missing !== undefined || openssl === undefined)('an engine behind TLS', () => {
  const own = missing === undefined && openssl !== undefined ? certificates(folder('tls')) : ''
  const read = (name: string) => readFileSync(join(own, name))
  const served = async (): Promise<string> => {
    const options = { key: read('server-key.pem'), cert: read('server.pem'), ca: read('ca.pem'), requestCert: true }
    const server = createTlsServer({ ...options, rejectUnauthorized: true }, toEngine)
    server.on('tlsClientError', () => {})
    const { port } = (await listening(server, { host: '127.0.0.1', port: 0 })).address() as AddressInfo
    return `tcp://127.0.0.1:${port}`
  }
  const address = own === '' ? '' : served()

  it('runs a box, as DOCKER_HOST, DOCKER_TLS_VERIFY and DOCKER_CERT_PATH name it', async () => {
    const env = { DOCKER_HOST: await address, DOCKER_TLS_VERIFY: 'yes', DOCKER_CERT_PATH: own }
    expect(await boxAt(env)).toMatchObject(WORKED)
  })

  it('finds the certificates where the docker command keeps them', async () => {
    const personHome = folder()
    mkdirSync(join(personHome, '.docker'))
    for (const name of ['ca.pem', 'cert.pem', 'key.pem']) writeFileSync(join(personHome, '.docker', name), read(name))
    const { ready } = await boxAt({ DOCKER_HOST: await address, DOCKER_TLS_VERIFY: '1' }, { personHome })
    expect(ready).toEqual({ ready: true })
  })

  it('runs a box of a docker context, with its certificates', async () => {
    const personHome = folder()
    const digest = createHash('sha256').update('faraway').digest('hex')
    const [meta, tls] = ['meta', 'tls'].map((kind) => join(personHome, '.docker/contexts', kind, digest))
    mkdirSync(meta!, { recursive: true })
    mkdirSync(join(tls!, 'docker'), { recursive: true })
    const host = { Host: await address, SkipTLSVerify: false }
    writeFileSync(join(meta!, 'meta.json'), JSON.stringify({ Name: 'faraway', Metadata: {}, Endpoints: { docker: host } }))
    for (const name of ['ca.pem', 'cert.pem', 'key.pem']) writeFileSync(join(tls!, 'docker', name), read(name))
    expect(await boxAt({ DOCKER_CONTEXT: 'faraway' }, { personHome })).toMatchObject(WORKED)
    writeFileSync(join(personHome, '.docker/config.json'), '{"currentContext":"faraway"}')
    expect((await boxAt({}, { personHome })).ready).toEqual({ ready: true })
  })

  it('speaks with no stranger, and no stranger’s client is served', async () => {
    const strangers = certificates(folder('strangers'))
    const mixed = folder('mixed')
    for (const name of ['cert.pem', 'key.pem']) writeFileSync(join(mixed, name), read(name))
    writeFileSync(join(mixed, 'ca.pem'), readFileSync(join(strangers, 'ca.pem')))
    for (const path of [strangers, mixed]) {
      const { ready } = await boxAt({ DOCKER_HOST: await address, DOCKER_TLS_VERIFY: '1', DOCKER_CERT_PATH: path })
      expect(ready).toMatchObject({ ready: false, reason: expect.stringMatching(/does not answer/) })
    }
    const { ready } = await boxAt({ DOCKER_HOST: await address })
    expect(ready).toMatchObject({ ready: false, reason: expect.stringMatching(/does not answer/) })
  })
})

describe.skipIf(missing !== undefined || noSsh !== undefined)('an engine behind ssh', () => {
  const { username } = missing === undefined ? userInfo() : { username: '' }

  async function serve(): Promise<{ port: number; client: string }> {
    const at = folder('ssh')
    for (const name of ['host', 'mine'])
      execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', join(at, name)], { stdio: 'pipe' })
    writeFileSync(join(at, 'authorized'), readFileSync(join(at, 'mine.pub')))
    chmodSync(join(at, 'authorized'), 0o600)
    const port = await freePort()
    const options = {
      Port: port,
      ListenAddress: '127.0.0.1',
      HostKey: join(at, 'host'),
      AuthorizedKeysFile: join(at, 'authorized'),
      PidFile: 'none',
      StrictModes: 'no',
      UsePAM: 'no',
      PasswordAuthentication: 'no',
      KbdInteractiveAuthentication: 'no',
      PermitRootLogin: 'yes',
      // Shells read no start-up files of whoever runs the tests, nor docker that one's contexts.
      SetEnv: `HOME=${folder('nobody')}`,
    }
    const lines = (all: object) =>
      `${Object.entries(all)
        .map((pair) => pair.join(' '))
        .join('\n')}\n`
    writeFileSync(join(at, 'sshd_config'), lines(options))
    // The folder that it parts its privileges in, where it has none of the system's.
    if (process.getuid?.() === 0) mkdirSync('/run/sshd', { recursive: true, mode: 0o755 })
    const server = spawn(sshd!, ['-D', '-e', '-f', join(at, 'sshd_config')], { stdio: ['ignore', 'ignore', 'pipe'] })
    ends.push(() => ended(server))
    await listens(server)
    writeFileSync(join(at, 'known'), `[127.0.0.1]:${port} ${readFileSync(join(at, 'host.pub'), 'utf8')}`)
    // The person's own settings, of which ssh finds only those in the real home.
    const own = {
      UserKnownHostsFile: join(at, 'known'),
      StrictHostKeyChecking: 'yes',
      IdentityFile: join(at, 'mine'),
      IdentitiesOnly: 'yes',
    }
    writeFileSync(join(at, 'config'), lines(own))
    const client = folder('bin')
    writeFileSync(join(client, 'ssh'), `#!/bin/sh\nexec '${findProgram('ssh')}' -F '${join(at, 'config')}' "$@"\n`, {
      mode: 0o755,
    })
    return { port, client }
  }

  it('runs a box, by the person’s own ssh and `docker system dial-stdio`; leaves no process behind', async () => {
    const { port, client } = await serve()
    const path = process.env.PATH
    process.env.PATH = `${client}:${path}`
    try {
      const host = `ssh://${username}@127.0.0.1:${port}`
      expect(await boxAt({ DOCKER_HOST: host })).toMatchObject(WORKED)
      const stranger = await boxAt({}, { host: `ssh://${username}@localhost:${port}` })
      expect(stranger.ready).toMatchObject({ ready: false, reason: expect.stringMatching(/does not answer/) })
    } finally {
      process.env.PATH = path
    }
    await expect.poll(() => ssh(port), { timeout: 30_000 }).toEqual([])
  })
})

/** The ssh processes that go to a port. */
function ssh(port: number): string[] {
  const { stdout } = { stdout: execFileSync('ps', ['-eo', 'args'], { encoding: 'utf8' }) }
  return stdout.split('\n').filter((line) => line.startsWith('ssh ') && line.includes(String(port)))
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  await new Promise((done) => server.close(done))
  return port
}

async function listens(server: ChildProcess): Promise<void> {
  let said = ''
  await new Promise<void>((done, fail) => {
    server.stderr!.on('data', (text: Buffer) => {
      said += text.toString()
      if (said.includes('listening')) done()
    })
    server.once('error', fail).once('exit', () => fail(new Error(`sshd ended: ${said}`)))
  })
}

async function ended(server: ChildProcess): Promise<void> {
  if (server.exitCode !== null) return
  const end = once(server, 'exit')
  server.kill()
  await end
}

describe.skipIf(missing !== undefined)('sockets in the usual places', () => {
  const look = (env: NodeJS.ProcessEnv, personHome = folder()) =>
    findEngine({ setting: undefined, env, personHome, uid: process.getuid?.(), platform: 'linux' })

  it('are found where a rootless engine listens, Docker before Podman', async () => {
    const runtime = folder('runtime')
    mkdirSync(join(runtime, 'podman'))
    await listening(createServer({ allowHalfOpen: true }, toEngine), { path: join(runtime, 'podman/podman.sock') })
    expect((await look({ XDG_RUNTIME_DIR: runtime })).place).toBe(`rootless Podman at ${runtime}/podman/podman.sock`)
    const docker = await listening(createServer({ allowHalfOpen: true }, toEngine), { path: join(runtime, 'docker.sock') })
    expect((await look({ XDG_RUNTIME_DIR: runtime })).place).toBe(`rootless Docker at ${runtime}/docker.sock`)
    await close(docker)
    expect((await look({ XDG_RUNTIME_DIR: runtime })).place).toBe(`rootless Podman at ${runtime}/podman/podman.sock`)
  })

  it('are passed over where nobody answers', async () => {
    const runtime = folder('runtime')
    await listening(
      createServer((socket) => socket.destroy()),
      { path: join(runtime, 'docker.sock') },
    )
    mkdirSync(join(runtime, 'podman'))
    writeFileSync(join(runtime, 'podman/podman.sock'), 'no socket')
    expect((await look({ XDG_RUNTIME_DIR: runtime })).place).toBe(`Docker at ${ENGINE}`)
  })
})
