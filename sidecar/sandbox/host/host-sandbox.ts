import { randomUUID } from 'node:crypto'
import { accessSync, constants } from 'node:fs'
import { OxbowError } from '../../foundation/index.ts'
import { createPlaces, type PlacesOptions, placeVariables } from '../place.ts'
import { privateEnvironment } from '../rules.ts'
import { runLine, startLine } from '../run.ts'
import { COMMAND_VARIABLE } from '../runtime.ts'
import type { Box, BoxCommand, BoxProcess, BoxStart, Exit, Readiness, Sandbox } from '../sandbox.ts'
import { unavailable } from '../tiers.ts'
import { endMarked, MARK_VARIABLE } from './marked.ts'

export interface HostSandboxOptions extends PlacesOptions {
  env?: NodeJS.ProcessEnv
}

const SHELL = '/bin/bash'
/** As in the process tier, the command stands in the environment: it may be longer than a line of the shell. */
const LINE = `${SHELL} --noprofile --norc -c 'eval "unset ${COMMAND_VARIABLE}; $${COMMAND_VARIABLE}"'`

/**
 * No isolation: commands run as the person, on all of their computer. Whoever opens it answers for it that a person chose it for
 * this session. They still get an environment without secrets, and all they started ends with them.
 */
export function createHostSandbox(options: HostSandboxOptions): Sandbox {
  const { env = process.env } = options
  const places = createPlaces(options)

  const readiness = async (): Promise<Readiness> => {
    try {
      accessSync(SHELL, constants.X_OK)
      return { ready: true }
    } catch {
      return { ready: false, reason: `there is no ${SHELL}`, mend: 'Install bash (on Windows: use WSL 2).' }
    }
  }

  const open = async (path: string): Promise<Box> => {
    const place = await places.open(path)
    const { workspace, tmp, shared, resolve } = place
    const closing = new AbortController()
    const started = new Set<BoxProcess>()

    const enter = async ({ command, cwd }: Pick<BoxCommand, 'command' | 'cwd'>) => {
      const answer = await readiness()
      if (!answer.ready) throw unavailable(answer)
      if (closing.signal.aborted) throw new OxbowError('CONFLICT', 'sandbox.closed', 'The box was closed in the meantime.')
      const mark = randomUUID()
      const own = { ...privateEnvironment(env, places.personHome, tmp), ...placeVariables(place) }
      return { mark, cwd: await place.folder(cwd), environment: { ...own, [MARK_VARIABLE]: mark, [COMMAND_VARIABLE]: command } }
    }

    const run = async (command: BoxCommand): Promise<Exit> => {
      const { mark, cwd, environment } = await enter(command)
      const signal = AbortSignal.any([command.signal, closing.signal])
      try {
        return await runLine(LINE, { ...command, cwd, signal }, environment)
      } finally {
        await endMarked(mark)
      }
    }

    const start = async (command: BoxStart): Promise<BoxProcess> => {
      const { mark, cwd, environment } = await enter(command)
      const { exit, kill, write, resize } = await startLine(LINE, { ...command, cwd }, environment)
      const ended = exit.finally(() => endMarked(mark))
      const process: BoxProcess = {
        exit: ended,
        carried: false,
        write,
        resize,
        async kill() {
          await kill()
          await ended
        },
      }
      started.add(process)
      void ended.finally(() => started.delete(process))
      return process
    }

    return {
      tier: 'host',
      workspace,
      tmp,
      canWiden: false,
      shared,
      run,
      start,
      resolve,
      async close() {
        closing.abort()
        await Promise.all([...started].map((process) => process.kill()))
        await place.close()
      },
    }
  }

  return { tier: 'host', readiness, open, close: async () => {} }
}
