import { type ChildProcessByStdio, spawn } from 'node:child_process'
import type { Readable } from 'node:stream'
import { StringDecoder } from 'node:string_decoder'
import { setTimeout as sleep } from 'node:timers/promises'
import { OxbowError } from '../foundation/index.ts'
import { endTree } from './process-tree.ts'
import type { BoxCommand, Exit } from './sandbox.ts'

/** A process outside a box that inherited the pipe must not hold a call open, in milliseconds. */
const DRAIN_MS = 1000

/**
 * Runs a line that already enters a box. It leads a group of its own, has no input and no terminal, and stdout and stderr
 * share one pipe so that their order is kept.
 * @throws OxbowError `sandbox.start` when it cannot be started
 */
export async function runLine(line: string, command: BoxCommand, env: Record<string, string>): Promise<Exit> {
  if (command.signal.aborted) return { code: null, signal: null, reason: 'cancelled' }
  const child = start(line, command.cwd, env)
  const ended = new Promise<Pick<Exit, 'code' | 'signal'>>((done, fail) => {
    child.once('exit', (code, signal) => done({ code, signal }))
    child.once('error', (error) => fail(startError(error)))
  })
  ended.catch(() => {})
  const drained = forward(child.stdout, command.onOutput)
  drained.catch(() => {})

  let reason: Exit['reason'] = 'exit'
  let ending: Promise<void> | undefined
  const end = (why: 'timeout' | 'cancelled'): void => {
    if (ending !== undefined || child.pid === undefined) return
    reason = why
    ending = endTree(child.pid, ended)
  }
  const timer = setTimeout(() => end('timeout'), command.timeoutMs)
  const cancel = (): void => end('cancelled')
  command.signal.addEventListener('abort', cancel, { once: true })
  // An output that cannot be taken any more ends the command too.
  drained.catch(() => end('cancelled'))
  try {
    const { code, signal } = await ended
    // Output may still wait for its reader; a time-out or cancel ends that wait too.
    await Promise.race([drained, untilEnding(() => ending)])
    await ending
    return { code, signal, reason }
  } finally {
    clearTimeout(timer)
    command.signal.removeEventListener('abort', cancel)
    child.stdout.destroy()
  }
}

function start(line: string, cwd: string, env: Record<string, string>): ChildProcessByStdio<null, Readable, null> {
  try {
    return spawn('/bin/bash', ['-c', `exec 2>&1; exec ${line}`], {
      cwd,
      env,
      detached: true,
      stdio: ['ignore', 'pipe', 'ignore'],
    })
  } catch (error) {
    throw startError(error as NodeJS.ErrnoException)
  }
}

async function untilEnding(ending: () => Promise<void> | undefined): Promise<void> {
  for (let waited = 0; waited < DRAIN_MS && ending() === undefined; waited += 20) await sleep(20)
}

/** Hands on what a pipe brings, whole characters at a time, reading no further while the taker is busy. */
async function forward(pipe: Readable, take: BoxCommand['onOutput']): Promise<void> {
  const decoder = new StringDecoder('utf8')
  try {
    for await (const chunk of pipe) {
      const text = decoder.write(chunk as Buffer)
      if (text !== '') await take(text)
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_STREAM_PREMATURE_CLOSE') throw error
  }
  const rest = decoder.end()
  if (rest !== '') await take(rest)
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
