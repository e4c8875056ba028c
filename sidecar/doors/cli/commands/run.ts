import {
  addUsage,
  type Failure,
  type Message,
  noUsage,
  type SessionId,
  type ToolPart,
  type Usage,
} from '../../../contract/index.ts'
import { attach, findAttachments } from '../attach.ts'
import type { RunOptions } from '../command-set.ts'
import { withClient } from '../connection.ts'
import { contextParts } from '../context-file.ts'
import { turnExit } from '../exit-code.ts'
import { runTurn, type TurnResult } from '../follow-turn.ts'
import type { Host } from '../host.ts'
import { Cancelled, UsageError } from '../problem.ts'
import { askAtTerminal } from '../prompt.ts'
import { openSession } from '../session.ts'
import { responseOf, TurnScreen } from '../turn-screen.ts'
import { warnOfHost } from './sandbox.ts'

/** What `run --json` prints. */
export interface RunReport {
  /** All text of the answer, as `run` without `--json` prints it. */
  response: string
  sessionId: SessionId
  turnId: string | null
  status: TurnResult['status']
  toolCalls: Pick<ToolPart, 'name' | 'args' | 'status' | 'title'>[]
  usage: Usage
  /** Null where the price of a model call is unknown. */
  costUsd: number | null
  durationMs: number
  exitCode: number
}

/** One task from the command line, to its end. */
export async function run(host: Host, prompt: string, options: RunOptions): Promise<number> {
  const began = performance.now()
  if (prompt.trim() === '') throw new UsageError('the prompt is empty', 'Say what the agent is to do: oxbow run "list the files"')
  const cancel = new AbortController()
  const documents = await contextParts(options.contextFile ?? [], host)
  const attachments = await findAttachments(options.attach ?? [], host)
  return withClient(host, async (client) => {
    // The first Ctrl-C stops the turn; the next one reaches whoever answered before.
    const release = host.interrupts.push(() => {
      release()
      cancel.abort()
    })
    try {
      const files = await attach(client, attachments)
      const session = await openSession(client, options, host)
      warnOfHost(host, session.isolation)
      if (cancel.signal.aborted) throw new Cancelled()
      const result = await runTurn({
        client,
        sessionId: session.id,
        parts: [{ type: 'text', text: prompt }, ...documents, ...files],
        screen: new TurnScreen(host.terminal, options.json !== true),
        ask: askAtTerminal(host),
        cancel: cancel.signal,
      })
      const exitCode = turnExit(result, options.exitCode === true)
      if (options.json) host.print(JSON.stringify(reportOf(session.id, result, performance.now() - began, exitCode)))
      if (result.status !== 'completed') explain(host, result.status, result.failure)
      return exitCode
    } finally {
      release()
    }
  })
}

export function reportOf(sessionId: SessionId, result: TurnResult, durationMs: number, exitCode: number): RunReport {
  const { messages, status, turnId } = result
  const answers = messages.filter(({ role }) => role === 'assistant')
  return {
    response: responseOf(messages),
    sessionId,
    turnId: turnId ?? null,
    status,
    toolCalls: answers
      .flatMap(({ parts }) => parts.filter((part) => part.type === 'tool'))
      .map(({ name, args, status, title }) => ({ name, args, status, title })),
    usage: answers.reduce((sum, { usage }) => addUsage(sum, usage ?? noUsage), noUsage),
    costUsd: costOf(answers),
    durationMs: Math.round(durationMs),
    exitCode,
  }
}

function costOf(answers: readonly Message[]): number | null {
  const costs = answers.map(({ costMicros }) => costMicros)
  return costs.includes(undefined) ? null : costs.reduce<number>((sum, cost) => sum + (cost ?? 0), 0) / 1_000_000
}

function explain(host: Host, status: TurnResult['status'], failure: Failure | undefined): void {
  host.note(`oxbow: ${failure?.message ?? `the turn was ${status}`}`)
  if (failure?.hint !== undefined) host.note(failure.hint)
}
