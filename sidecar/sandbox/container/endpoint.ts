import { createHash } from 'node:crypto'
import { existsSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { OxbowError } from '../../foundation/index.ts'

/** Where an engine may answer, and what named it. */
export type Endpoint = { from: string } & (
  | { kind: 'unix'; path: string }
  | { kind: 'tcp'; host: string; port: number; tls?: { ca: string; cert: string; key: string } }
  | { kind: 'ssh'; user?: string; host: string; port?: number }
)

export interface EndpointSources {
  /** The setting `sandbox.container.host`. */
  setting: string | undefined
  env: NodeJS.ProcessEnv
  personHome: string
  uid: number | undefined
}

/**
 * Where to look for an engine, the best first. What a person named is the only place: a second choice would surprise.
 * @throws OxbowError `sandbox.engine` when what was named cannot be understood
 */
export function endpoints({ setting, env, personHome, uid }: EndpointSources): Endpoint[] {
  const verify = Boolean(env.DOCKER_TLS_VERIFY)
  // As the docker command does: what it was given, else its own folder.
  const certificates = env.DOCKER_CERT_PATH || (verify ? join(personHome, '.docker') : undefined)
  if (setting !== undefined) return [parse(setting, 'sandbox.container.host', certificates)]
  if (env.DOCKER_HOST) return [parse(env.DOCKER_HOST, 'DOCKER_HOST', certificates, verify)]
  const context = env.DOCKER_CONTEXT || currentContext(personHome)
  if (context !== undefined && context !== 'default') return [fromContext(context, personHome)]
  return usualSockets(env, personHome, uid)
    .filter(({ path }) => isSocket(path))
    .map(({ path, from }) => ({ kind: 'unix', path, from }))
}

/** In words, for a person. */
export function describeEndpoint(endpoint: Endpoint): string {
  if (endpoint.kind === 'unix') return endpoint.path
  if (endpoint.kind === 'ssh') return `ssh://${endpoint.user ? `${endpoint.user}@` : ''}${endpoint.host}`
  return `${endpoint.tls ? 'https' : 'tcp'}://${endpoint.host}:${endpoint.port}`
}

function usualSockets(env: NodeJS.ProcessEnv, home: string, uid: number | undefined): { path: string; from: string }[] {
  const runtime = env.XDG_RUNTIME_DIR || (uid === undefined ? undefined : `/run/user/${uid}`)
  const own =
    runtime === undefined
      ? []
      : [
          { path: join(runtime, 'docker.sock'), from: 'rootless Docker' },
          { path: join(runtime, 'podman/podman.sock'), from: 'rootless Podman' },
        ]
  return [
    ...own,
    { path: '/var/run/docker.sock', from: 'Docker' },
    { path: join(home, '.docker/run/docker.sock'), from: 'Docker Desktop' },
    { path: join(home, '.docker/desktop/docker.sock'), from: 'Docker Desktop' },
    { path: join(home, '.orbstack/run/docker.sock'), from: 'OrbStack' },
    { path: join(home, '.colima/default/docker.sock'), from: 'Colima' },
    { path: join(home, '.config/colima/default/docker.sock'), from: 'Colima' },
    { path: join(home, '.rd/docker.sock'), from: 'Rancher Desktop' },
    { path: join(home, '.local/share/containers/podman/machine/podman.sock'), from: 'podman machine' },
    { path: join(home, '.local/share/containers/podman/machine/qemu/podman.sock'), from: 'podman machine' },
    { path: '/run/podman/podman.sock', from: 'Podman' },
  ]
}

function isSocket(path: string): boolean {
  try {
    return statSync(path).isSocket()
  } catch {
    return false
  }
}

function currentContext(home: string): string | undefined {
  const config = readJson(join(home, '.docker/config.json'))
  const name = (config as { currentContext?: unknown } | undefined)?.currentContext
  return typeof name === 'string' && name !== '' ? name : undefined
}

/** A docker context lies under the SHA-256 of its name. */
function fromContext(name: string, home: string): Endpoint {
  const digest = createHash('sha256').update(name).digest('hex')
  const folder = join(home, '.docker/contexts')
  const meta = readJson(join(folder, 'meta', digest, 'meta.json')) as { Endpoints?: { docker?: { Host?: unknown } } } | undefined
  const host = meta?.Endpoints?.docker?.Host
  if (typeof host !== 'string')
    throw unclear(
      `the docker context "${name}" has no host`,
      'Choose another with `docker context use`, or set sandbox.container.host.',
    )
  const certificates = join(folder, 'tls', digest, 'docker')
  return parse(host, `docker context "${name}"`, existsSync(certificates) ? certificates : undefined)
}

function parse(text: string, from: string, certificates: string | undefined, insistOnTls = false): Endpoint {
  const path = text.startsWith('/') ? text : text.match(/^unix:\/\/(\/.+)$/)?.[1]
  if (path !== undefined) return { kind: 'unix', path, from }
  const url = URL.canParse(text) ? new URL(text) : undefined
  const hint = `Set ${from} to unix:///path, tcp://host:port, https://host:port or ssh://user@host.`
  if (url === undefined || url.hostname === '')
    throw unclear(`${from} is "${text.slice(0, 200)}", which is no address of an engine`, hint)
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1')
  if (host.startsWith('-')) throw unclear(`${from} names no host`, hint)
  if (url.protocol === 'ssh:') {
    const user = decodeURIComponent(url.username)
    return { kind: 'ssh', host, from, ...(user !== '' && { user }), ...(url.port !== '' && { port: Number(url.port) }) }
  }
  if (!['tcp:', 'http:', 'https:'].includes(url.protocol)) throw unclear(`${from} begins with "${url.protocol}"`, hint)
  const secure = url.protocol === 'https:' || url.port === '2376' || insistOnTls || certificates !== undefined
  const port = Number(url.port) || (secure ? 2376 : 2375)
  if (!secure) return { kind: 'tcp', host, port, from }
  return { kind: 'tcp', host, port, from, tls: readCertificates(certificates, from) }
}

function readCertificates(folder: string | undefined, from: string): { ca: string; cert: string; key: string } {
  const hint = 'Set DOCKER_CERT_PATH to the folder with ca.pem, cert.pem and key.pem.'
  if (folder === undefined) throw unclear(`${from} asks for TLS, and no certificates were named`, hint)
  try {
    const read = (name: string): string => readFileSync(join(folder, name), 'utf8')
    return { ca: read('ca.pem'), cert: read('cert.pem'), key: read('key.pem') }
  } catch (error) {
    throw unclear(`the certificates for ${from} cannot be read: ${(error as Error).message}`, hint)
  }
}

function readJson(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8'))
  } catch {
    return undefined
  }
}

const unclear = (what: string, hint: string): OxbowError => new OxbowError('BAD_REQUEST', 'sandbox.engine', `${what}.`, hint)
