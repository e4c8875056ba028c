import { join } from 'node:path'
import type { Widening } from '../contract/index.ts'
import { OxbowError } from '../foundation/index.ts'
import type { Egress } from './egress/egress.ts'
import { type BoxFence, EntranceCache } from './entrance-cache.ts'
import { createPlaces, type PlacesOptions, placeVariables } from './place.ts'
import { DEFAULT_PROFILE, PROFILES, type Profile, pathsOf } from './profiles.ts'
import { probe } from './readiness.ts'
import { virtualRoots } from './roots.ts'
import { isInside, privateEnvironment } from './rules.ts'
import { runLine, startLine } from './run.ts'
import {
  COMMAND_VARIABLE,
  closeRuntime,
  findProgram,
  type NetworkSeen,
  proxyPortInside,
  quoted,
  TEST_VARIABLE,
} from './runtime.ts'
import type { Box, BoxCommand, BoxOptions, BoxProcess, BoxStart, Exit, Readiness, Sandbox } from './sandbox.ts'
import { unavailable } from './tiers.ts'

export interface ProcessSandboxOptions extends PlacesOptions {
  /** Hosts that the settings allow. Where there are any, what a way out needs counts as missing. */
  allowHosts: readonly string[]
  /** The way out; absent: no box has any network. */
  egress?: (() => Promise<Egress>) | undefined
  /** Where relays to the way out are noted, for `findLeftovers` after a kill. */
  relays?: string | undefined
  platform?: NodeJS.Platform
  /** The person's environment. */
  env?: NodeJS.ProcessEnv
}

/** Boxes made by the operating system's own means: bubblewrap and seccomp on Linux, Seatbelt on macOS. */
export function createProcessSandbox(options: ProcessSandboxOptions): Sandbox {
  const { tmpRoot, allowHosts, platform = process.platform, env = process.env } = options
  const places = createPlaces(options)
  let known: Promise<Readiness> | undefined

  const readiness = async (): Promise<Readiness> => {
    const { personHome } = places
    known ??= probe({ platform, tmpRoot, allowHosts, personHome, env: privateEnvironment(env, personHome, tmpRoot) })
    const asked = known
    const answer = await asked
    // A failure is not remembered: what is missing may be installed while we run.
    if (!answer.ready && known === asked) known = undefined
    return answer
  }

  const open = async (path: string, { profile: named = DEFAULT_PROFILE, session }: BoxOptions = {}): Promise<Box> => {
    const profile = PROFILES[named]
    const { personHome } = places
    const place = await places.open(path, { shared: profile.shared })
    const { workspace, tmp, shared } = place
    const egress = profile.network === 'none' || !canReachProxy(platform) ? undefined : await options.egress?.()
    const pass = await egress?.admit({ session, workspace, trustFile: join(tmp, 'trusted-certificates.pem') })
    const fence = {
      workspace,
      tmp,
      shared,
      ...readFence(profile, places.unreadable, personHome, env.PATH),
      roots: platform === 'linux' ? virtualRoots(place) : [],
    }
    const entrances = new EntranceCache(fence, personHome, place.ward)
    const running = new AbortController()
    const started = new Set<BoxProcess>()

    /** Enters the box; the caller calls `release` when what it runs there has ended. */
    const enter = async (command: Pick<BoxCommand, 'command' | 'cwd' | 'widen'>) => {
      const answer = await readiness()
      if (!answer.ready) throw unavailable(answer)
      const cwd = await place.folder(command.cwd)
      const own = { ...privateEnvironment(env, personHome, tmp), ...placeVariables(place) }
      const way = command.widen ? new EntranceCache(widerFence(fence, command.widen), personHome, place.ward) : entrances
      const { line, test, release } = await way.enter(await network())
      return { line, release, cwd, environment: { ...own, [TEST_VARIABLE]: test, [COMMAND_VARIABLE]: command.command } }
    }

    const network = async (): Promise<NetworkSeen | undefined> => {
      if (!egress || !pass) return undefined
      const port = await egress.port()
      return { port, variables: await pass.environment({ port: proxyPortInside(port) }), relays: options.relays }
    }

    const run = async (command: BoxCommand): Promise<Exit> => {
      const { line, cwd, environment, release } = await enter(command)
      try {
        const signal = AbortSignal.any([command.signal, running.signal])
        return await runLine(line, { ...command, cwd, signal }, environment)
      } finally {
        release()
      }
    }

    const start = async (command: BoxStart): Promise<BoxProcess> => {
      const inside = command.terminal === undefined ? command.command : inTerminal(command.command, platform)
      const { line, cwd, environment, release } = await enter({ cwd: command.cwd, command: inside })
      try {
        if (running.signal.aborted) throw new OxbowError('CONFLICT', 'sandbox.closed', 'The box was closed in the meantime.')
        const own = command.terminal === undefined ? environment : { ...environment, ...TERMINAL_ENVIRONMENT }
        const process = await startLine(line, { ...command, cwd }, own)
        started.add(process)
        void process.exit.finally(() => {
          started.delete(process)
          release()
        })
        return process
      } catch (error) {
        release()
        throw error
      }
    }

    return {
      tier: 'process',
      workspace,
      tmp,
      canWiden: true,
      shared,
      run,
      start,
      resolve: place.resolve,
      async close() {
        running.abort()
        pass?.release()
        await Promise.all([...started].map((process) => process.kill()))
        await place.close()
      },
    }
  }

  return { tier: 'process', readiness, open, close: closeRuntime }
}

/** The fence of a box with a gate for one file. */
const widerFence = (fence: BoxFence, { path, use }: Widening): BoxFence =>
  use === 'read' ? { ...fence, readable: [...fence.readable, path] } : { ...fence, writable: [path] }

/** What a profile closes and opens; secrets that lie in what is closed anyway need no mention. */
function readFence(profile: Profile, secrets: readonly string[], personHome: string, searchPath: string | undefined) {
  const { closed, open } = pathsOf(profile, personHome, searchPath)
  const covered = (path: string): boolean =>
    closed.some((folder) => isInside(path, folder)) && !open.some((folder) => isInside(path, folder))
  return { unreadable: [...closed, ...secrets.filter((path) => !covered(path))], readable: open }
}

const TERMINAL_ENVIRONMENT = { TERM: 'xterm-256color', COLORTERM: 'truecolor' }

/**
 * A command that first makes the terminal it stands in its own: in a session of its own inside the box, so that Ctrl-C and
 * job control work there and reach nothing else.
 */
function inTerminal(command: string, platform: NodeJS.Platform): string {
  const setsid = findProgram('setsid')
  if (platform !== 'linux' || setsid === undefined) {
    const mend = platform === 'linux' ? 'Install util-linux.' : 'Start it without a terminal, or in a container.'
    throw new OxbowError('SERVICE_UNAVAILABLE', 'terminal.unavailable', 'There are no terminals in this kind of box here.', mend)
  }
  return `exec ${setsid} --ctty --wait /bin/bash -c ${quoted(command)}`
}

/** On Linux the relay to the proxy needs socat; without it boxes have no network. */
const canReachProxy = (platform: NodeJS.Platform): boolean => platform !== 'linux' || findProgram('socat') !== undefined
