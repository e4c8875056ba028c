import type { CallPurpose, Failure, MessageId, SessionEvent, StopReason, Usage } from '../contract/index.ts'
import type { Clock } from '../foundation/index.ts'
import { estimateCall } from '../policy/index.ts'
import type { ModelRequest, Provider } from '../providers/index.ts'
import { abortable } from './abortable.ts'
import { Meter, weigh } from './meter.ts'
import { PartWriter } from './part-writer.ts'
import type { TurnContext } from './turn-context.ts'

/** One call of a model. */
export interface ModelCall {
  /** The full reference: `openai/gpt-5.1`. */
  ref: string
  provider: Provider
  request: ModelRequest
  purpose: CallPurpose
}

export type StepEnd =
  /** `closing` ends the message; whoever goes on from here appends it first, and `settle` in the same transaction. */
  | { end: 'stop'; messageId: MessageId; stop: StopReason; closing: SessionEvent[]; settle: () => void }
  /** `messageId` of what was shown before it failed. */
  | { end: 'failed'; failure: Failure; messageId: MessageId | undefined }
  | { end: 'aborted' }

/** One model call: streams what the model says into a new assistant message of the log. */
export async function runStep(
  context: TurnContext,
  clock: Clock,
  { ref, provider, request, purpose }: ModelCall,
): Promise<StepEnd> {
  const { log, ids, toolbox, models, sessionId, turnId, signal } = context
  const messageId = ids.message()
  const estimate = estimateCall(weigh(request), await models.cost(ref))
  const meter = new Meter(context, { provider: provider.id, model: ref, estimate }, purpose)
  let begun = false
  let shown = false
  let pausedUntil = 0
  const begin = (): void => {
    if (begun) return
    log.append(sessionId, [{ type: 'messageStarted', turnId, messageId, model: ref }])
    begun = true
  }
  // The request goes out first. What cannot be written then is tried again at the first event, where it is heard.
  const soon = setImmediate(() => {
    try {
      begin()
    } catch {}
  })

  let open: PartWriter | undefined
  let usage: Usage | undefined
  let costMicros: number | undefined
  let calls = 0
  const close = (signature?: string): SessionEvent[] => {
    const events = open?.close(signature) ?? []
    open = undefined
    return events
  }
  const add = (events: readonly SessionEvent[]): void => {
    if (events.length > 0) log.append(sessionId, events)
  }
  const write = (kind: 'text' | 'thinking', text: string): void => {
    if (text === '') return
    if (open?.kind !== kind) add(close())
    open ??= new PartWriter(log, sessionId, messageId, ids.part(), kind)
    open.write(text)
  }

  try {
    for await (const event of abortable(provider.stream(request, signal), signal)) {
      if (event.type !== 'error' && event.type !== 'waiting') {
        begin()
        shown = true
      }
      switch (event.type) {
        case 'text':
        case 'thinking':
          write(event.type, event.text)
          break
        case 'thinkingDone':
          if (open?.kind !== 'thinking') add(close())
          // A thought may be hidden: its signature still has to go back to its vendor.
          if (event.signature !== undefined) open ??= new PartWriter(log, sessionId, messageId, ids.part(), 'thinking')
          add(close(event.signature))
          break
        case 'toolCall': {
          calls++
          const { callId, name, args } = event
          add([
            ...close(),
            { type: 'toolRequested', messageId, partId: ids.part(), callId, name, args, ...toolbox.describe(name, args) },
          ])
          break
        }
        case 'usage':
          usage = event.usage
          costMicros = event.costMicros
          break
        case 'waiting': {
          const { reason, tries, failure } = event
          if (failure) meter.again(failure.code)
          pausedUntil = clock.ms() + event.ms
          const until = new Date(Date.parse(clock.iso()) + event.ms).toISOString()
          add([{ type: 'turnWaiting', turnId, reason, model: ref, tries, until, ...(failure && { failure }) }])
          break
        }
        case 'error':
          meter.failed(event.failure.code, shown, usage, costMicros)
          return { end: 'failed', failure: event.failure, messageId: begun ? messageId : undefined }
        case 'stop': {
          const stop = calls > 0 ? 'tools' : event.reason === 'tools' ? 'end' : event.reason
          const closing: SessionEvent[] = [
            ...close(),
            {
              type: 'messageCompleted',
              messageId,
              stop,
              ...(usage && { usage }),
              ...(costMicros !== undefined && { costMicros }),
            },
          ]
          return { end: 'stop', messageId, stop, closing, settle: () => meter.settle(usage, costMicros) }
        }
      }
    }
  } catch (error) {
    meter.failed('provider.brokenStream', shown, usage, costMicros)
    throw error
  } finally {
    clearImmediate(soon)
    add(close())
  }
  // A request that was on its way costs nobody knows what; one that was still waited for costs nothing.
  if (clock.ms() < pausedUntil) meter.release()
  else meter.failed('provider.brokenStream', shown, usage, costMicros)
  if (signal.aborted) return { end: 'aborted' }
  const message = `${ref} ended its answer without a reason`
  const failure = { code: 'provider.brokenStream', message, hint: 'Send "continue", or choose another model.' }
  return { end: 'failed', failure, messageId: begun ? messageId : undefined }
}
