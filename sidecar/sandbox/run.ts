import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process'
import { once } from 'node:events'
import type { Readable, Writable } from 'node:stream'
import { OxbowError } from '../foundation/index.ts'
import { closeBeyond } from './descriptors.ts'
import { LineProcess } from './process-line.ts'
import type { BoxCommand, BoxProcess, BoxStart, Exit } from './sandbox.ts'
import { openTerminal } from './terminal.ts'

type Environment = Record<string, string>
/** What the line itself tells of a process; the box knows the rest. */
type LineRun = Omit<BoxProcess, 'carried'>

/**
 * Runs a line that already enters a box. It leads a group of its own, has no input and no terminal, and stdout and stderr
 * share one pipe so that their order is kept.
 * @throws OxbowError `sandbox.start` when it cannot be started
 */
export async function runLine(line: string, command: BoxCommand, env: Environment): Promise<Exit> {
  if (command.signal.aborted) return { code: null, signal: null, reason: 'cancelled' }
  const { pid, ended, output } = await spawnLine(line, command.cwd, env, 'ignore')
  const process = new LineProcess({ pid, ended, output, onOutput: command.onOutput })
  const timer = setTimeout(() => process.end('timeout'), command.timeoutMs)
  const cancel = (): void => process.end('cancelled')
  command.signal.addEventListener('abort', cancel, { once: true })
  if (command.signal.aborted) cancel()
  try {
    return await process.exit
  } finally {
    clearTimeout(timer)
    command.signal.removeEventListener('abort', cancel)
  }
}

/**
 * Starts a line that already enters a box, as `runLine`, but with input. With a terminal the line gets nothing else: all
 * three streams are the terminal's.
 * @throws OxbowError `sandbox.start`, `terminal.unavailable`
 */
export async function startLine(line: string, { cwd, onOutput, terminal: size }: BoxStart, env: Environment): Promise<LineRun> {
  if (size !== undefined) return startInTerminal(line, { cwd, onOutput, size }, env)
  const { pid, ended, output, input } = await spawnLine(line, cwd, env, 'pipe')
  const process = new LineProcess({ pid, ended, output, onOutput })
  // Writing to what has just ended is told to the writer; the stream's own event has nobody else to tell.
  input?.on('error', () => {})
  return boxProcess(process, { write: (data) => writeTo(input, data), resize: () => {} })
}

async function startInTerminal(
  line: string,
  { cwd, onOutput, size }: Pick<BoxStart, 'cwd' | 'onOutput'> & { size: NonNullable<BoxStart['terminal']> },
  env: Environment,
): Promise<LineRun> {
  const terminal = await openTerminal(size)
  try {
    const { pid, ended } = await spawnInTerminal(line, cwd, env, terminal.slave)
    const process = new LineProcess({ pid, ended, output: terminal.output, onOutput })
    return boxProcess(process, terminal)
  } catch (error) {
    terminal.close()
    throw error
  } finally {
    terminal.started()
  }
}

function boxProcess(process: LineProcess, { write, resize }: Pick<LineRun, 'write' | 'resize'>): LineRun {
  const exit = process.exit.catch((): Exit => ({ code: null, signal: null, reason: 'cancelled' }))
  return {
    exit,
    write,
    resize,
    async kill() {
      process.end('cancelled')
      await exit
    },
  }
}

function writeTo(input: Writable | null, data: string): Promise<void> {
  return new Promise((done, fail) => {
    const gone = (): void => fail(new OxbowError('CONFLICT', 'process.ended', 'The process does not read any more.'))
    if (!input?.writable) return gone()
    // A process that ends while this waits never reads it.
    input.once('close', gone)
    input.write(data, (error) => {
      input.off('close', gone)
      if (error) gone()
      else done()
    })
  })
}

interface Spawned {
  pid: number
  ended: Promise<Pick<Exit, 'code' | 'signal'>>
  output: Readable
  input: Writable | null
}

/**
 * What Node calls a pipe is a socket, which nobody can open by /dev/stdout; this puts a pipe before it. By its path: this runs outside of
 * the box, and a folder of the person's PATH may be one that commands write to.
 */
const OPENABLE = 'if [ -x /bin/cat ]; then exec > >(exec /bin/cat); fi; '

async function spawnLine(line: string, cwd: string, env: Environment, stdin: 'ignore' | 'pipe'): Promise<Spawned> {
  const child = await spawnShell(`${closeBeyond(2)}${OPENABLE}exec 2>&1; exec ${line}`, {
    cwd,
    env,
    stdio: [stdin, 'pipe', 'ignore'],
  })
  return { ...child, output: child.stdout as Readable, input: child.stdin }
}

/** The shell that enters the box must not see a terminal, or it would make it its own, and nothing inside could. */
function spawnInTerminal(line: string, cwd: string, env: Environment, slave: number): Promise<Pick<Spawned, 'pid' | 'ended'>> {
  return spawnShell(`${closeBeyond(3)}exec ${line} <&3 >&3 2>&3 3>&-`, { cwd, env, stdio: ['ignore', 'ignore', 'ignore', slave] })
}

/** A shell whose input is a socket takes itself for a remote one, and would run the person's start-up files, outside the box. */
const BARE = ['--noprofile', '--norc']

async function spawnShell(words: string, options: Pick<SpawnOptions, 'cwd' | 'env' | 'stdio'>) {
  try {
    const child: ChildProcess = spawn('/bin/bash', [...BARE, '-c', words], { ...options, detached: true })
    const ended = new Promise<Pick<Exit, 'code' | 'signal'>>((done) => {
      child.once('exit', (code, signal) => done({ code, signal }))
    })
    await once(child, 'spawn')
    return { pid: child.pid as number, ended, stdout: child.stdout, stdin: child.stdin }
  } catch (error) {
    throw startError(error as NodeJS.ErrnoException)
  }
}

function startError(error: NodeJS.ErrnoException): OxbowError {
  if (error.code === 'E2BIG') {
    const hint = 'Write the text to a file with write, then run that file.'
    return new OxbowError('BAD_REQUEST', 'sandbox.tooLong', 'The command is too long.', hint, error)
  }
  return new OxbowError(
    'SERVICE_UNAVAILABLE',
    'sandbox.start',
    `The command could not be started: ${error.message}`,
    undefined,
    error,
  )
}
