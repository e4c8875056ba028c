import { on } from 'node:events'
import { createInterface } from 'node:readline/promises'
import type { Client, SessionSummary } from '../../../contract/index.ts'
import type { SessionOptions } from '../command-set.ts'
import { withClient } from '../connection.ts'
import { EXIT } from '../exit-code.ts'
import { runTurn } from '../follow-turn.ts'
import type { Host } from '../host.ts'
import { problemOf } from '../problem.ts'
import { askWith } from '../prompt.ts'
import { openSession } from '../session.ts'
import { slash } from '../slash.ts'
import { TurnScreen } from '../turn-screen.ts'
import { warnOfHost } from './sandbox.ts'

/** Ctrl-C twice within this time ends the conversation. */
const TWICE_MS = 2000

/** A conversation in the terminal. Lines may also come from a pipe; then there is no person to ask. */
export async function chat(host: Host, options: SessionOptions): Promise<number> {
  return withClient(host, async (client, { lost }) => {
    const session = await openSession(client, options, host)
    warnOfHost(host, session.isolation)
    return converse(host, client, session, lost)
  })
}

async function converse(host: Host, client: Client, first: SessionSummary, lost: Promise<void>): Promise<number> {
  const { stdin, stdout, stderr } = host.terminal
  const person = stdin.isTTY === true && stdout.isTTY === true
  const lines = createInterface({ input: stdin, output: person ? stdout : undefined, terminal: person })
  const typed = on(lines, 'line', { close: ['close'] })
  let session = first
  let turn: AbortController | undefined
  let code: number = EXIT.done
  let ended = false
  let interruptedAt = Number.NEGATIVE_INFINITY

  const interrupt = (): void => {
    const now = performance.now()
    const twice = now - interruptedAt < TWICE_MS
    interruptedAt = now
    if (turn) turn.abort()
    if (twice) lines.close()
    else if (!turn) host.note('\nCtrl-C again ends the conversation.')
    if (!turn && !twice && person) lines.prompt()
  }
  const release = host.interrupts.push(interrupt)
  lines.on('SIGINT', interrupt)
  void lost.then(() => {
    if (ended) return
    host.note('oxbow: Oxbow has stopped')
    code = EXIT.failed
    lines.close()
  })
  const say = async (text: string): Promise<void> => {
    turn = new AbortController()
    try {
      const { status, failure } = await runTurn({
        client,
        sessionId: session.id,
        parts: [{ type: 'text', text }],
        screen: new TurnScreen(host.terminal, true),
        ask: person ? (approval, signal) => askWith(lines, approval, signal, (line) => void stderr.write(line)) : undefined,
        cancel: turn.signal,
      })
      if (status === 'cancelled') host.note('(cancelled)')
      if (failure) host.note(`oxbow: ${failure.message}${failure.hint === undefined ? '' : `\n${failure.hint}`}`)
    } finally {
      turn = undefined
    }
  }

  host.note(`${session.model}, mode ${session.mode}, in ${session.workspace}. /help lists the commands.`)
  lines.setPrompt('> ')
  try {
    if (person) lines.prompt()
    for await (const [line] of typed as AsyncIterable<[string]>) {
      const text = line.trim()
      try {
        if (text.startsWith('/')) {
          const next = await slash(text, { client, session, host })
          if (next === 'quit') break
          session = next
        } else if (text !== '') await say(text)
      } catch (error) {
        const { message, hint } = problemOf(error)
        host.note(`oxbow: ${message}${hint === undefined ? '' : `\n${hint}`}`)
      }
      if (person) lines.prompt()
    }
  } finally {
    ended = true
    release()
    lines.close()
  }
  return code
}
