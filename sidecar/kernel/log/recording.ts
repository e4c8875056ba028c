import type { Audit, AuditEvent } from '../../audit/index.ts'
import type {
  LoggedEvent,
  Message,
  MessageId,
  PartId,
  SessionEvent,
  SessionId,
  SessionView,
  ToolPart,
} from '../../contract/index.ts'

/** After these something takes effect, or has: the record must not lag behind the log. What was read has none before its end. */
function atOnce(event: SessionEvent, view: SessionView): boolean {
  if (event.type === 'toolStarted') return partOf(event, view)?.tier !== 'read'
  return event.type === 'approvalAnswered' || event.type === 'toolFinished'
}

/**
 * Writes what happens in sessions into the audit record, inside the transaction that writes it into the log: neither has
 * what the other lacks.
 * @param events already folded into `view`
 */
export function recordEvents(audit: Audit, session: SessionId, events: readonly LoggedEvent[], view: SessionView): void {
  let now = false
  for (const { event } of events) {
    const entry = entryFor(event, view)
    if (entry) audit.record({ session, ...(view.turn && { turn: view.turn.id }), ...entry })
    now ||= atOnce(event, view)
  }
  if (now) audit.flush()
}

function entryFor(event: SessionEvent, view: SessionView): AuditEvent | undefined {
  const person = { kind: 'session', actor: 'person' } as const
  const turn = { kind: 'turn', actor: 'oxbow' } as const
  switch (event.type) {
    case 'sessionCreated': {
      const { type: _, title, ...chosen } = event
      return { ...person, title: `Session created${title && `: ${title}`}`, outcome: 'created', data: defined(chosen) }
    }
    case 'sessionRenamed':
      return { ...person, title: `Session renamed: ${event.title}`, outcome: 'renamed' }
    case 'sessionArchived':
      return { ...person, title: event.archived ? 'Session archived' : 'Session brought back', outcome: 'archived' }
    case 'sessionConfigured': {
      const { type: _, isolation, ...others } = event
      const changes = { ...others, ...(isolation !== undefined && { isolation: isolation ?? 'as the settings say' }) }
      return {
        ...person,
        title: `Session configured: ${Object.keys(changes).join(', ')}`,
        outcome: 'configured',
        data: defined(changes),
      }
    }
    case 'sessionTainted':
      return {
        kind: 'policy',
        actor: 'oxbow',
        title: `Conversation marked ${event.label}: ${event.source}`,
        reason: event.reason,
        outcome: event.label,
      }
    case 'taintCleared':
      return { kind: 'policy', actor: 'person', title: `Labels cleared: ${event.labels.join(', ')}`, outcome: 'cleared' }
    case 'turnStarted':
      return { ...turn, title: 'Turn started', outcome: 'started', data: { model: event.model } }
    case 'turnCompleted':
      return { ...turn, title: 'Turn completed', outcome: 'completed' }
    case 'turnFailed':
      return { ...turn, title: `Turn failed: ${event.failure.message}`, outcome: 'failed', data: { code: event.failure.code } }
    case 'turnCancelled':
      return { ...turn, actor: 'person', title: 'Turn cancelled', outcome: 'cancelled' }
    case 'turnInterrupted':
      return { ...turn, title: 'Turn interrupted', outcome: 'interrupted' }
    case 'stepFellBack':
      return {
        ...modelCall(event.model),
        title: `Model call failed, ${event.model} is asked instead`,
        reason: event.failure.message,
      }
    case 'messageCompleted':
      return answered(event, view)
    case 'toolRequested': {
      const { name: tool, tier, title, args } = event
      return { kind: 'toolCall', actor: 'agent', tool, title, content: args, ...(tier && { tier }) }
    }
    case 'approvalAsked':
      return { kind: 'approval', actor: 'oxbow', decision: 'ask', reason: event.reason, ...called(event, view) }
    case 'approvalAnswered': {
      const { allow, scope, note } = event
      const decision = allow ? 'allow' : 'deny'
      return {
        kind: 'approval',
        actor: 'person',
        decision,
        ...called(event, view),
        data: { scope },
        ...(note && { reason: note }),
      }
    }
    case 'toolFinished': {
      const { status: outcome, output: content } = event
      return { kind: 'toolResult', actor: 'oxbow', outcome, content, ...called(event, view) }
    }
    default:
      return undefined
  }
}

const modelCall = (model: string) => ({ kind: 'modelCall', actor: 'agent', data: { model } }) as const

function answered(
  { messageId, stop, usage, costMicros }: Extract<SessionEvent, { type: 'messageCompleted' }>,
  view: SessionView,
): AuditEvent {
  const message = messageOf(view, messageId)
  const model = (message && 'model' in message && message.model) || view.summary.model
  const content = (message?.parts ?? []).map((part) =>
    part.type === 'tool' ? { call: part.name, args: part.args } : 'text' in part ? part.text : part.type,
  )
  const data = { ...usage, ...(costMicros !== undefined && { costMicros }) }
  return { ...modelCall(model), title: `Answer of ${model}`, outcome: stop, content, data: { model, ...data } }
}

/** The call an event is about. */
function called(place: { messageId: MessageId; partId: PartId }, view: SessionView) {
  const part = partOf(place, view)
  if (!part) return { title: 'A tool call' }
  return { tool: part.name, title: part.title, ...(part.tier && { tier: part.tier }) }
}

const partOf = ({ messageId, partId }: { messageId: MessageId; partId: PartId }, view: SessionView): ToolPart | undefined =>
  messageOf(view, messageId)?.parts.find((one): one is ToolPart => one.id === partId && one.type === 'tool')

const messageOf = (view: SessionView, id: MessageId): Message | undefined =>
  view.messages.findLast((message) => message.id === id)

const defined = (values: Record<string, string | undefined>): Record<string, string> =>
  Object.fromEntries(Object.entries(values).filter((entry): entry is [string, string] => entry[1] !== undefined))
