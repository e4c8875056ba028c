import { mkdirSync, realpathSync } from 'node:fs'
import { mkdtemp, realpath, rm, stat } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { OxbowError } from '../foundation/index.ts'
import { EntranceCache } from './entrance-cache.ts'
import { type Bounds, resolvePath } from './paths.ts'
import { probe } from './readiness.ts'
import { privateEnvironment, unreadable } from './rules.ts'
import { runLine } from './run.ts'
import { COMMAND_VARIABLE, closeRuntime } from './runtime.ts'
import type { Box, BoxCommand, Exit, Readiness, Sandbox } from './sandbox.ts'
import { checkWorkspace } from './workspace.ts'

export interface ProcessSandboxOptions {
  /** Oxbow's home, absolute. Nothing in it can be read but the workspace and the box's temp folder. */
  home: string
  /** Where the private temp folders of boxes are made. */
  tmpRoot: string
  /** Hosts that commands may reach, `example.com` or `*.example.com`. Empty: no network at all. */
  allowHosts: readonly string[]
  /** The hosts that a workspace's own config leaves; undefined: all of them. @throws when that config is wrong, and no box opens */
  limitHosts?(workspace: string): Promise<readonly string[] | undefined>
  platform?: NodeJS.Platform
  /** The person's home folder and environment. */
  personHome?: string
  env?: NodeJS.ProcessEnv
}

export interface ProcessSandbox extends Sandbox {
  /** Ends the network proxies, if any were started. */
  close(): Promise<void>
}

/** Boxes made by the operating system's own means: bubblewrap and seccomp on Linux, Seatbelt on macOS. */
export function createProcessSandbox(options: ProcessSandboxOptions): ProcessSandbox {
  const { tmpRoot, allowHosts, platform = process.platform, env = process.env } = options
  const personHome = canonical(options.personHome ?? homedir())
  const oxbowHome = canonical(options.home)
  const closed = [...new Set(unreadable(oxbowHome, personHome).map(canonical))]
  let known: Promise<Readiness> | undefined

  const readiness = async (): Promise<Readiness> => {
    known ??= probe({ platform, tmpRoot, allowHosts, personHome, env: privateEnvironment(env, personHome, tmpRoot) })
    const asked = known
    const answer = await asked
    // A failure is not remembered: what is missing may be installed while we run.
    if (!answer.ready && known === asked) known = undefined
    return answer
  }

  const open = async (path: string): Promise<Box> => {
    const workspace = await checkWorkspace(path, { oxbowHome, personHome, unreadable: closed })
    const limit = await options.limitHosts?.(workspace)
    mkdirSync(tmpRoot, { recursive: true, mode: 0o700 })
    const tmp = await mkdtemp(join(await realpath(tmpRoot), 'box-'))
    const bounds: Bounds = { workspace, tmp, unreadable: closed }
    const hosts = limit === undefined ? allowHosts : limit.filter((host) => allowHosts.some((allowed) => covers(allowed, host)))
    const entrances = new EntranceCache({ workspace, tmp, unreadable: closed, allowHosts: hosts }, personHome)
    const running = new AbortController()

    const run = async (command: BoxCommand): Promise<Exit> => {
      const answer = await readiness()
      if (!answer.ready) throw unavailable(answer)
      const cwd = await resolvePath(command.cwd, 'read', bounds)
      if (!(await stat(cwd)).isDirectory())
        throw new OxbowError('BAD_REQUEST', 'path.invalid', `"${command.cwd}" is not a folder.`)
      const { line, release } = await entrances.enter()
      try {
        const signal = AbortSignal.any([command.signal, running.signal])
        const environment = { ...privateEnvironment(env, personHome, tmp), [COMMAND_VARIABLE]: command.command }
        return await runLine(line, { ...command, cwd, signal }, environment)
      } finally {
        release()
      }
    }

    return {
      workspace,
      tmp,
      run,
      resolve: (name, use) => resolvePath(name, use, bounds),
      async close() {
        running.abort()
        await rm(tmp, { recursive: true, force: true, maxRetries: 3, retryDelay: 50 })
      },
    }
  }

  return { tier: 'process', readiness, open, close: closeRuntime }
}

function unavailable({ reason, mend }: { reason: string; mend: string }): OxbowError {
  const message = `Commands cannot run here: the sandbox is not available, because ${reason}.`
  return new OxbowError('SERVICE_UNAVAILABLE', 'sandbox.unavailable', message, mend)
}

/** Whether an allowed host, `example.com` or `*.example.com`, includes another such. */
const covers = (allowed: string, host: string): boolean =>
  allowed === host || (allowed.startsWith('*.') && host.replace(/^\*\./, '').endsWith(allowed.slice(1)))

/** The real path of what is there, else the path itself. */
function canonical(path: string): string {
  try {
    return realpathSync(path)
  } catch {
    return path
  }
}
