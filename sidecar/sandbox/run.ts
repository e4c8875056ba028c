import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import type { Readable, Writable } from 'node:stream'
import { OxbowError } from '../foundation/index.ts'
import { LineProcess } from './process-line.ts'
import type { BoxCommand, BoxProcess, BoxStart, Exit } from './sandbox.ts'

type Environment = Record<string, string>

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

/** Starts a line that already enters a box, as `runLine`, but with input. @throws OxbowError `sandbox.start` */
export async function startLine(line: string, { cwd, onOutput }: BoxStart, env: Environment): Promise<BoxProcess> {
  const { pid, ended, output, input } = await spawnLine(line, cwd, env, 'pipe')
  const process = new LineProcess({ pid, ended, output, onOutput })
  // Writing to what has just ended is told to the writer; the stream's own event has nobody else to tell.
  input?.on('error', () => {})
  const exit = process.exit.catch((): Exit => ({ code: null, signal: null, reason: 'cancelled' }))
  return {
    exit,
    write: (data) => writeTo(input, data),
    resize: () => {},
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

async function spawnLine(line: string, cwd: string, env: Environment, stdin: 'ignore' | 'pipe'): Promise<Spawned> {
  try {
    const child: ChildProcess = spawn('/bin/bash', ['-c', `exec 2>&1; exec ${line}`], {
      cwd,
      env,
      detached: true,
      stdio: [stdin, 'pipe', 'ignore'],
    })
    const ended = new Promise<Pick<Exit, 'code' | 'signal'>>((done) => {
      child.once('exit', (code, signal) => done({ code, signal }))
    })
    await once(child, 'spawn')
    return { pid: child.pid as number, ended, output: child.stdout as Readable, input: child.stdin }
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
