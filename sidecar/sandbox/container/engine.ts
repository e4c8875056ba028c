import type Docker from 'dockerode'
import { OxbowError } from '../../foundation/index.ts'
import { describeEndpoint, type Endpoint, type EndpointSources, endpoints } from './endpoint.ts'
import { sshAgent } from './ssh-agent.ts'

/** Time for an engine to answer a question that costs it nothing, in milliseconds. */
const ASK_MS = 3000
/** The same for one that answered before, and for one behind ssh, where each question first signs in. */
const PATIENT_MS = 15_000
/** The oldest API that can set an exec's folder. Docker 18.06, Podman 3. */
const OLDEST_API = '1.35'

/** An engine that answered. */
export interface Engine {
  docker: Docker
  /** Where, in words. */
  place: string
  /** `rootless`: user 0 in a container is the person. `keepId`: Podman's way to keep the person's number. */
  users: 'plain' | 'rootless' | 'keepId' | 'remapped'
  version: string
}

/** @throws OxbowError `sandbox.engine` with what to do, when none answers in time or it cannot hold a box */
export async function findEngine(sources: EndpointSources & { platform: NodeJS.Platform }): Promise<Engine> {
  const places = endpoints(sources)
  if (places.length === 0) throw unavailable('no container engine was found', install(sources.platform))
  const problems: OxbowError[] = []
  for (const place of places) {
    try {
      return await reach(place, sources.platform)
    } catch (error) {
      problems.push(error as OxbowError)
    }
  }
  throw problems[0]!
}

async function reach(endpoint: Endpoint, platform: NodeJS.Platform): Promise<Engine> {
  const place = `${endpoint.from} at ${describeEndpoint(endpoint)}`
  const docker = await connect(endpoint)
  const ms = endpoint.kind === 'ssh' ? PATIENT_MS : ASK_MS
  const [version, info] = await Promise.all([bounded(docker.version(), ms), bounded(docker.info(), ms)]).catch(
    (error: unknown) => {
      throw noAnswer(place, error as NodeJS.ErrnoException & { statusCode?: number }, platform)
    },
  )
  if (older(version.ApiVersion, OLDEST_API))
    throw unavailable(`${place} speaks API ${version.ApiVersion}, and ${OLDEST_API} is needed`, 'Update the engine.')
  if (info.OSType !== 'linux') throw unavailable(`${place} runs no Linux containers`, 'Switch it to Linux containers.')
  const lacking = Object.entries({ memory: info.MemoryLimit, processes: info.PidsLimit }).filter(([, can]) => can === false)
  if (lacking.length > 0) {
    const what = lacking.map(([name]) => name).join(' and ')
    throw unavailable(
      `${place} cannot limit ${what}`,
      'Use cgroup v2 with its controllers delegated to you (see "Limiting resources" of rootless mode).',
    )
  }
  const podman = version.Components?.some(({ Name }) => Name.startsWith('Podman')) === true
  const security: string[] = info.SecurityOptions ?? []
  const rootless = security.some((option) => option.includes('rootless'))
  const remapped = security.some((option) => option.includes('name=userns'))
  const users = rootless ? (podman ? 'keepId' : 'rootless') : remapped ? 'remapped' : 'plain'
  return { docker, place, users, version: version.Version }
}

async function connect(endpoint: Endpoint): Promise<Docker> {
  // It reads DOCKER_HOST by itself: every field that could come from there is named.
  const { default: Client } = await import('dockerode')
  if (endpoint.kind === 'unix') return new Client({ socketPath: endpoint.path, protocol: 'http' })
  if (endpoint.kind === 'ssh') {
    return new Client({ protocol: 'http', host: 'engine', port: 80, ...{ agent: sshAgent(endpoint) } })
  }
  const { host, port, tls } = endpoint
  return new Client({ protocol: tls ? 'https' : 'http', host, port, ...tls })
}

/** Gives up after a while: a socket may be there with nobody behind it. */
export async function bounded<T>(asked: Promise<T>, ms = PATIENT_MS): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, fail) => {
    timer = setTimeout(() => fail(new Error(`no answer within ${ms / 1000} s`)), ms)
  })
  asked.catch(() => {})
  try {
    return await Promise.race([asked, late])
  } finally {
    clearTimeout(timer)
  }
}

function noAnswer(place: string, error: NodeJS.ErrnoException, platform: NodeJS.Platform): OxbowError {
  const why = error.code === 'EACCES' ? 'may not be used by you' : `does not answer (${error.code ?? error.message})`
  const join = 'Use rootless Docker or Podman (best), or: sudo usermod -aG docker "$USER", then log in again.'
  const start =
    platform === 'darwin' ? 'Start Docker Desktop, OrbStack, Colima or podman machine.' : 'Start it: sudo systemctl start docker'
  return unavailable(`${place} ${why}`, error.code === 'EACCES' ? join : start)
}

const unavailable = (reason: string, mend: string): OxbowError =>
  new OxbowError('SERVICE_UNAVAILABLE', 'sandbox.engine', reason, mend)

const install = (platform: NodeJS.Platform): string =>
  platform === 'darwin'
    ? 'Install Docker Desktop, OrbStack or Colima and start it.'
    : 'Install Podman or Docker (sudo apt-get install podman, then: systemctl --user enable --now podman.socket).'

function older(version: string, than: string): boolean {
  const [a = 0, b = 0] = version.split('.').map(Number)
  const [c = 0, d = 0] = than.split('.').map(Number)
  return a < c || (a === c && b < d)
}
