import { randomBytes } from 'node:crypto'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { SandboxRuntimeConfig } from '@anthropic-ai/sandbox-runtime'
import { findProgram } from '../foundation/index.ts'
import { withFilter } from './call-filter.ts'
import { withRoots } from './mounts.ts'
import type { Root } from './roots.ts'

type Runtime = typeof import('@anthropic-ai/sandbox-runtime')

/** What one command may touch. All paths absolute. */
export interface Fence {
  workspace: string
  tmp: string
  /** The folder shared between agents. */
  shared?: string | undefined
  unreadable: readonly string[]
  /** What can be read in those nevertheless. */
  readable: readonly string[]
  readOnly: readonly string[]
  /** Files beyond its folders that one command may write. */
  writable?: readonly string[] | undefined
  /** The way out, through our proxy; absent: no network at all. */
  network?: NetworkSeen | undefined
  /** The names that lead to its folders; none where the system cannot give a command names of its own. */
  roots: readonly Root[]
}

export interface NetworkSeen {
  /** Where our proxy listens on this computer. */
  port: number
  /** The folder where relays are noted, for who comes after a sidecar that was killed. */
  relays?: string | undefined
}

/** The port at which a box finds our proxy that listens at `port` outside: on Linux the runtime's relay, in a network of its own. */
export const proxyPortInside = (port: number): number => (process.platform === 'linux' ? 3128 : port)

/** The variable in which a box finds the command it is to run. */
export const COMMAND_VARIABLE = 'OXBOW_COMMAND'
/** The variable with the test by which it finds before that its mounts are what they should be. */
export const TEST_VARIABLE = 'OXBOW_TEST'
const EXCHANGED = 'oxbow: what is guarded in the workspace was exchanged while the command started. Nothing was run; try again.'

/** The variable in which it finds what exports its way out: in no line, which stays the same from command to command. */
const WAY_VARIABLE = 'OXBOW_WAY'

/** The environment that hands a command its own way out. */
export const wayEnvironment = (variables: Readonly<Record<string, string>>): Record<string, string> => ({
  [WAY_VARIABLE]: `export ${Object.entries(variables)
    .map(([name, value]) => `${name}=${quoted(value)}`)
    .join(' ')}`,
})

/** A line for a shell that enters the box and runs the command found in the environment. `release` after it has ended. */
export interface Entrance {
  line: string
  /** Whether the line may be used again as long as the fence is the same. */
  reusable: boolean
  release(): void
}

const RUNTIME_WRITES = ['/tmp/claude', '/private/tmp/claude']

/**
 * The sandbox runtime keeps its state in its module, one per process, so its use is one per process here too. Every
 * command carries its own fence. It brings every box the way to our proxy, and nowhere else; who comes without a credential
 * gets nothing there.
 */
let runtime: Promise<Runtime> | undefined
let network: { port: number; note: string | undefined; ready: Promise<void> } | undefined
let networkChanges = 0

const loadRuntime = (): Promise<Runtime> => {
  runtime ??= import('@anthropic-ai/sandbox-runtime').then((module) => {
    module.SandboxManager.updateConfig(baseConfig())
    return module
  })
  return runtime
}

/** Leads boxes to the proxy at this port, once. */
async function openNetwork(loaded: Runtime, { port, relays }: NetworkSeen): Promise<void> {
  if (network && network.port !== port) await closeRuntime()
  if (network === undefined) {
    networkChanges += 1
    const note = relays === undefined ? undefined : join(relays, String(port))
    network = { port, note, ready: openRelay(loaded, port, note) }
  }
  try {
    await network.ready
  } catch (error) {
    network = undefined
    throw error
  }
}

/** On Linux the runtime starts a relay, which outlives a sidecar that is killed: see `leftovers.ts`. */
async function openRelay({ SandboxManager }: Runtime, port: number, note: string | undefined): Promise<void> {
  if (note !== undefined) {
    await mkdir(dirname(note), { recursive: true, mode: 0o700 })
    await writeFile(note, '', { mode: 0o600 })
  }
  await SandboxManager.initialize(baseConfig(port))
  const socket = SandboxManager.getLinuxHttpSocketPath()
  if (note !== undefined && socket !== undefined) await writeFile(note, socket, { mode: 0o600 })
}

/** Changes when the way to a proxy opens or closes: every line built before is then out of date, since it may name their sockets. */
export const networkState = (): number => networkChanges

/** @returns what is missing for a box on this machine, in the words of the runtime */
export async function missingParts(hosts: boolean): Promise<string[]> {
  if (process.platform === 'darwin') return []
  const { SandboxManager } = await loadRuntime()
  const { errors, warnings } = await SandboxManager.checkDependenciesAsync()
  // Without the seccomp helper unix sockets stay open, and with them the way out through a daemon.
  const seccomp = warnings.filter((warning) => warning.includes('seccomp'))
  return [...errors.filter((error) => hosts || !error.includes('socat')), ...seccomp]
}

/** Builds the way into a box. Costs tens of milliseconds, see `EntranceCache`. */
export async function entranceTo(fence: Fence, personHome: string): Promise<Entrance> {
  const loaded = await loadRuntime()
  const { SandboxManager } = loaded
  if (fence.network) await openNetwork(loaded, fence.network)
  // The runtime allows a few folders of its own; here they are outside like any other.
  const ownWrites = [...RUNTIME_WRITES, join(personHome, '.npm/_logs'), join(personHome, '.claude/debug')]
  const folders = [fence.workspace, fence.tmp, ...(fence.shared === undefined ? [] : [fence.shared])]
  const { writable = [] } = fence
  const filesystem = {
    denyRead: fence.unreadable.map(literal),
    allowRead: [...folders, ...fence.readable, ...writable].map(literal),
    allowWrite: [...folders, ...writable].map(literal),
    denyWrite: [...fence.readOnly, ...ownWrites].map(literal),
  }
  // The runtime sets a TMPDIR of its own, and proxies without our credential.
  const tested = `eval "$${TEST_VARIABLE}" || { echo ${quoted(EXCHANGED)}; exit 126; }`
  const own = `export TMPDIR=${quoted(fence.tmp)}; eval "$${WAY_VARIABLE}"`
  const command = `${tested}; ${own}; eval "unset ${TEST_VARIABLE} ${WAY_VARIABLE} ${COMMAND_VARIABLE}; $${COMMAND_VARIABLE}"`
  const custom = { network: { allowedDomains: [], deniedDomains: [] }, filesystem }
  const commandId = randomBytes(16).toString('base64url')
  const wrapped = await SandboxManager.wrapWithSandbox(command, '/bin/bash', custom, undefined, { commandId })
  const line = process.platform === 'linux' ? withFilter(withRoots(wrapped, fence.roots)) : wrapped
  // A very long line, and one that hides a folder, point to what is gone after `release`.
  const reusable = !line.startsWith('/bin/sh') && !line.includes('/claude-empty-')
  return { line, reusable, release: () => SandboxManager.cleanupAfterCommand() }
}

/** One word for a shell, whatever it holds. */
export const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`

const literal = (path: string) => ({ path, literal: true as const })

/** Closes the way to the proxy. Commands that still run lose their network. */
export async function closeRuntime(): Promise<void> {
  if (network === undefined) return
  const { note } = network
  network = undefined
  networkChanges += 1
  const { SandboxManager } = await loadRuntime()
  await SandboxManager.reset()
  if (note !== undefined) await rm(note, { force: true })
  SandboxManager.updateConfig(baseConfig())
}

function baseConfig(port?: number): SandboxRuntimeConfig {
  const bwrap = findProgram('bwrap')
  const socat = findProgram('socat')
  return {
    network: { allowedDomains: [], deniedDomains: [], ...(port !== undefined && { httpProxyPort: port, socksProxyPort: port }) },
    filesystem: { denyRead: [], allowWrite: [], denyWrite: [] },
    // The runtime searches the sidecar's own folder for files to protect, which is not where commands work: search nothing.
    ripgrep: { command: '/bin/true' },
    mandatoryDenySearchDepth: 1,
    ...(bwrap !== undefined && { bwrapPath: bwrap }),
    ...(socat !== undefined && { socatPath: socat }),
  }
}
