import type { Failure, MessageId, StopReason, Usage } from '../contract/index.ts'
import type { ModelRequest, Provider } from '../providers/index.ts'
import { abortable } from './abortable.ts'
import { PartWriter } from './part-writer.ts'
import type { TurnContext } from './turn-context.ts'

export type StepEnd =
  | { end: 'stop'; messageId: MessageId; stop: StopReason }
  | { end: 'failed'; failure: Failure }
  | { end: 'aborted' }

/** One model call: streams what the model says into a new assistant message of the log. */
export async function runStep(context: TurnContext, ref: string, provider: Provider, request: ModelRequest): Promise<StepEnd> {
  const { log, ids, toolbox, sessionId, turnId, signal } = context
  const messageId = ids.message()
  log.append(sessionId, [{ type: 'messageStarted', turnId, messageId, model: ref }])

  let open: PartWriter | undefined
  let usage: Usage | undefined
  let costMicros: number | undefined
  let calls = 0
  const close = (signature?: string): void => {
    open?.close(signature)
    open = undefined
  }
  const write = (kind: 'text' | 'thinking', text: string): void => {
    if (text === '') return
    if (open?.kind !== kind) close()
    open ??= new PartWriter(log, sessionId, messageId, ids.part(), kind)
    open.write(text)
  }

  try {
    for await (const event of abortable(provider.stream(request, signal), signal)) {
      switch (event.type) {
        case 'text':
        case 'thinking':
          write(event.type, event.text)
          break
        case 'thinkingDone':
          if (open?.kind !== 'thinking') close()
          // A thought may be hidden: its signature still has to go back to its vendor.
          if (event.signature !== undefined) open ??= new PartWriter(log, sessionId, messageId, ids.part(), 'thinking')
          close(event.signature)
          break
        case 'toolCall': {
          close()
          calls++
          const { callId, name, args } = event
          log.append(sessionId, [
            { type: 'toolRequested', messageId, partId: ids.part(), callId, name, args, ...toolbox.describe(name, args) },
          ])
          break
        }
        case 'usage':
          usage = event.usage
          costMicros = event.costMicros
          break
        case 'error':
          return { end: 'failed', failure: event.failure }
        case 'stop': {
          close()
          const stop = calls > 0 ? 'tools' : event.reason === 'tools' ? 'end' : event.reason
          log.append(sessionId, [
            {
              type: 'messageCompleted',
              messageId,
              stop,
              ...(usage && { usage }),
              ...(costMicros !== undefined && { costMicros }),
            },
          ])
          return { end: 'stop', messageId, stop }
        }
      }
    }
  } finally {
    close()
  }
  if (signal.aborted) return { end: 'aborted' }
  const message = `${ref} ended its answer without a reason`
  return { end: 'failed', failure: { code: 'provider.brokenStream', message, hint: 'Send "continue", or choose another model.' } }
}
