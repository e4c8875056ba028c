import { mkdirSync, realpathSync } from 'node:fs'
import { mkdtemp, realpath, rm, stat } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { OxbowError } from '../foundation/index.ts'
import { EntranceCache } from './entrance-cache.ts'
import { type Bounds, resolvePath } from './paths.ts'
import { probe } from './readiness.ts'
import { privateEnvironment, unreadable } from './rules.ts'
import { runLine, startLine } from './run.ts'
import { COMMAND_VARIABLE, closeRuntime } from './runtime.ts'
import type { Box, BoxCommand, BoxProcess, BoxStart, Exit, Readiness, Sandbox } from './sandbox.ts'
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

/** Boxes made by the operating system's own means: bubblewrap and seccomp on Linux, Seatbelt on macOS. */
export function createProcessSandbox(options: ProcessSandboxOptions): Sandbox {
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
    const started = new Set<BoxProcess>()

    /** Enters the box; the caller calls `release` when what it runs there has ended. */
    const enter = async (command: Pick<BoxCommand, 'command' | 'cwd'>) => {
      const answer = await readiness()
      if (!answer.ready) throw unavailable(answer)
      const cwd = await resolvePath(command.cwd, 'read', bounds)
      if (!(await stat(cwd)).isDirectory())
        throw new OxbowError('BAD_REQUEST', 'path.invalid', `"${command.cwd}" is not a folder.`)
      const environment = { ...privateEnvironment(env, personHome, tmp), [COMMAND_VARIABLE]: command.command }
      return { ...(await entrances.enter()), cwd, environment }
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
      const { line, cwd, environment, release } = await enter(command)
      try {
        if (running.signal.aborted) throw new OxbowError('CONFLICT', 'sandbox.closed', 'The box was closed in the meantime.')
        const process = await startLine(line, { ...command, cwd }, environment)
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
      run,
      start,
      resolve: (name, use) => resolvePath(name, use, bounds),
      async close() {
        running.abort()
        await Promise.all([...started].map((process) => process.kill()))
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
