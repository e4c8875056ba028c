import { CommanderError } from 'commander'
import { createProgram } from './command-tree.ts'
import { createCommands } from './commands.ts'
import { EXIT } from './exit-code.ts'
import type { Host, OwnSidecar, StartOptions, Terminal } from './host.ts'
import { Interrupts } from './interrupts.ts'
import { plain } from './plain.ts'
import { problemOf } from './problem.ts'

export interface CliOptions {
  /** What stands behind the program's name. */
  argv: readonly string[]
  env: NodeJS.ProcessEnv
  cwd: string
  version: string
  terminal: Terminal
  startOwn(options: StartOptions): Promise<OwnSidecar>
}

/** Runs one command line to its end. Never throws. @returns the exit code */
export async function runCli({ argv, version, ...options }: CliOptions): Promise<number> {
  const { stdout, stderr } = options.terminal
  // Nobody reads any more (`| head`): the work that was asked for goes on, unheard.
  for (const stream of [stdout, stderr]) stream.on('error', () => {})
  const interrupts = new Interrupts()
  interrupts.listen()
  const host: Host = {
    ...options,
    interrupts,
    print: (line) => void stdout.write(`${line}\n`),
    note: (line) => void stderr.write(`${line}\n`),
  }
  let code: number = EXIT.done
  const program = createProgram(
    createCommands(host, () => program),
    version,
    (exit) => {
      code = exit
    },
  )
  try {
    await program.parseAsync([...argv], { from: 'user' })
  } catch (error) {
    code = report(error, host)
  }
  await Promise.all([stdout, stderr].map((stream) => new Promise<void>((resolve) => void stream.write('', () => resolve()))))
  return code
}

function report(error: unknown, { note }: Host): number {
  // Commander has printed its own.
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.usage
  const { message, hint, exitCode } = problemOf(error)
  note(`oxbow: ${plain(message)}`)
  if (hint !== undefined) note(plain(hint))
  return exitCode
}
