import type { Widening } from '../contract/index.ts'
import { findProgram, OxbowError } from '../foundation/index.ts'
import type { Egress } from './egress/egress.ts'
import { type BoxFence, EntranceCache } from './entrance-cache.ts'
import { createPlaces, type Place, type PlacesOptions, placeVariables } from './place.ts'
import { DEFAULT_PROFILE, PROFILES, type Profile, pathsOf } from './profiles.ts'
import { probe } from './readiness.ts'
import { virtualRoots } from './roots.ts'
import { isInside, privateEnvironment } from './rules.ts'
import { runLine, startLine } from './run.ts'
import { COMMAND_VARIABLE, closeRuntime, proxyPortInside, quoted, TEST_VARIABLE, wayEnvironment } from './runtime.ts'
import type { Box, BoxCommand, BoxOptions, BoxProcess, BoxStart, Exit, Readiness, Sandbox } from './sandbox.ts'
import { unavailable } from './tiers.ts'
import type { Pass, PassWish } from './way-out.ts'

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
    // Wrong settings of the workspace open no box.
    await egress?.allowed({ session, workspace, tool: 'exec' })
    const roots = platform === 'linux' ? virtualRoots(place) : []
    // Looked at anew for each command: a disk may have come.
    const fence = (): BoxFence => ({
      workspace,
      tmp,
      shared,
      ...readFence(profile, place, places.unreadable, personHome, env.PATH),
      roots,
    })
    const entrances = new EntranceCache(fence, personHome, place.ward)
    const running = new AbortController()
    const started = new Set<BoxProcess>()

    /** Enters the box; the caller calls `release` when what it runs there has ended. */
    const enter = async (command: Pick<BoxCommand, 'command' | 'cwd' | 'widen'>, wish: PassWish) => {
      const answer = await readiness()
      if (!answer.ready) throw unavailable(answer)
      const cwd = await place.folder(command.cwd)
      const own = { ...privateEnvironment(env, personHome, tmp), ...placeVariables(place) }
      const wider = command.widen && (() => widerFence(fence(), command.widen!))
      const entrance = wider ? new EntranceCache(wider, personHome, place.ward) : entrances
      const port = await egress?.port()
      const {
        line,
        test,
        release: leave,
      } = await entrance.enter(port === undefined ? undefined : { port, relays: options.relays })
      const environment = { ...own, [TEST_VARIABLE]: test, [COMMAND_VARIABLE]: command.command }
      let pass: Pass | undefined
      const release = (): void => {
        pass?.release()
        leave()
      }
      try {
        pass = await egress?.admit({ ...wish, session, workspace, trustFolder: tmp })
        const seen = pass && port !== undefined ? await pass.environment({ port: proxyPortInside(port) }) : undefined
        return { line, release, pass, cwd, environment: { ...environment, ...(seen && wayEnvironment(seen)) } }
      } catch (error) {
        release()
        throw error
      }
    }

    const run = async (command: BoxCommand): Promise<Exit> => {
      const { line, cwd, environment, pass, release } = await enter(command, { fixed: true, lent: command.lent })
      try {
        const signal = AbortSignal.any([command.signal, running.signal])
        const exit = await runLine(line, { ...command, cwd, signal }, environment)
        return pass?.carried ? { ...exit, carried: true } : exit
      } finally {
        release()
      }
    }

    const start = async (command: BoxStart): Promise<BoxProcess> => {
      const inside = command.terminal === undefined ? command.command : inTerminal(command.command, platform)
      const wish = { fixed: !command.byPerson, silent: true }
      const { line, cwd, environment, pass, release } = await enter({ cwd: command.cwd, command: inside }, wish)
      try {
        if (running.signal.aborted) throw new OxbowError('CONFLICT', 'sandbox.closed', 'The box was closed in the meantime.')
        const own = command.terminal === undefined ? environment : { ...environment, ...TERMINAL_ENVIRONMENT }
        const { exit, write, resize, kill } = await startLine(line, { ...command, cwd }, own)
        const process: BoxProcess = {
          exit,
          get carried() {
            return pass?.carried === true
          },
          write,
          resize,
          kill,
        }
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

/** What a profile closes and opens beside the folders of the box; secrets that lie in what is closed anyway need no mention. */
function readFence(
  profile: Profile,
  { workspace, tmp, shared = workspace }: Pick<Place, 'workspace' | 'tmp' | 'shared'>,
  secrets: readonly string[],
  personHome: string,
  searchPath: string | undefined,
) {
  const paths = pathsOf(profile, personHome, searchPath)
  const closed = paths.closed.filter((path) => ![workspace, tmp, shared].some((own) => isInside(path, own)))
  const { open } = paths
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
