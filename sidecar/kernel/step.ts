import type { CallPurpose, Failure, MessageId, SessionEvent, StopReason, Usage } from '../contract/index.ts'
import type { Clock } from '../foundation/index.ts'
import { estimateCall } from '../policy/index.ts'
import { canBeKept, type ModelRequest, type Provider } from '../providers/index.ts'
import { abortable } from './abortable.ts'
import { Meter, weigh } from './meter.ts'
import { PartWriter } from './part-writer.ts'
import type { TurnContext } from './turn-context.ts'

/** In place of arguments that the log could not give back as they were. */
const UNKEPT = '(nested too deep, or with a number that is too large)'

/** One call of a model. */
export interface ModelCall {
  /** The full reference: `openai/gpt-5.1`. */
  ref: string
  provider: Provider
  request: ModelRequest
  purpose: CallPurpose
}

export type StepEnd =
  /** The end of the message goes with whatever is appended next. `most`: the longest answer that budgets left room for, in tokens. */
  | { end: 'stop'; messageId: MessageId; stop: StopReason; most: number | undefined }
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
  const [price, maxOutputTokens] = await Promise.all([models.cost(ref), models.outputTokens(ref)])
  // Before anything leaves for a model it is written how it was read, and budgets know what the call before used.
  log.flush(sessionId)
  const estimate = estimateCall({ ...weigh(request), maxOutputTokens }, price)
  const meter = new Meter(context, { provider: provider.id, model: ref, estimate }, purpose)
  const most = meter.outputTokens
  const shortened = most !== undefined && (maxOutputTokens === undefined || most < maxOutputTokens)
  const bounded = most === undefined ? request : { ...request, maxOutputTokens: most }
  let shown = false
  let pausedUntil = 0
  let open: PartWriter | undefined
  let usage: Usage | undefined
  let costMicros: number | undefined
  let calls = 0
  const begin = (): void => {
    if (shown) return
    shown = true
    log.hold(sessionId, [{ type: 'messageStarted', turnId, messageId, model: ref }])
  }
  const close = (signature?: string): SessionEvent[] => {
    const events = open?.close(signature) ?? []
    open = undefined
    return events
  }
  const part = (kind: 'text' | 'thinking'): PartWriter => {
    if (open?.kind === kind) return open
    log.hold(sessionId, close())
    open = new PartWriter(log, sessionId, messageId, ids.part(), kind)
    return open
  }

  try {
    for await (const event of abortable(provider.stream(bounded, signal), signal)) {
      if (event.type !== 'error' && event.type !== 'waiting') begin()
      switch (event.type) {
        case 'text':
        case 'thinking':
          if (event.text !== '') part(event.type).write(event.text)
          break
        case 'thinkingDone':
          // A thought may be hidden: its signature still has to go back to its vendor.
          if (event.signature !== undefined) part('thinking')
          log.hold(sessionId, close(event.signature))
          break
        case 'toolCall': {
          calls++
          const { callId, name } = event
          const args = canBeKept(event.args) ? event.args : UNKEPT
          const called = { messageId, partId: ids.part(), callId, name, args, ...toolbox.describe(name, args) }
          log.hold(sessionId, [...close(), { type: 'toolRequested', ...called }])
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
          log.append(sessionId, [{ type: 'turnWaiting', turnId, reason, model: ref, tries, until, ...(failure && { failure }) }])
          break
        }
        case 'error':
          meter.failed(event.failure.code, shown, usage, costMicros)
          return { end: 'failed', failure: event.failure, messageId: shown ? messageId : undefined }
        case 'stop': {
          const stop = calls > 0 ? 'tools' : event.reason === 'tools' ? 'end' : event.reason
          const used = { ...(usage && { usage }), ...(costMicros !== undefined && { costMicros }) }
          const closing: SessionEvent[] = [...close(), { type: 'messageCompleted', messageId, stop, ...used }]
          log.hold(sessionId, closing, () => meter.settle(usage, costMicros))
          return { end: 'stop', messageId, stop, most: shortened ? most : undefined }
        }
      }
    }
  } catch (error) {
    meter.failed('provider.brokenStream', shown, usage, costMicros)
    throw error
  } finally {
    log.hold(sessionId, close())
  }
  // A request that was on its way costs nobody knows what; one that was still waited for costs nothing.
  if (clock.ms() < pausedUntil) meter.release()
  else meter.failed('provider.brokenStream', shown, usage, costMicros)
  if (signal.aborted) return { end: 'aborted' }
  const message = `${ref} ended its answer without a reason`
  const failure = { code: 'provider.brokenStream', message, hint: 'Send "continue", or choose another model.' }
  return { end: 'failed', failure, messageId: shown ? messageId : undefined }
}
