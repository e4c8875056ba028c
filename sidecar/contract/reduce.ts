import type { Delta, EventOf, LoggedEvent, SessionEvent } from './events.ts'
import type { MessageId, PartId, SessionId } from './ids.ts'
import type { Message, Part, ToolPart } from './parts.ts'
import { atRest } from './rest.ts'
import type { Taint } from './taint.ts'
import { addUsage, noUsage } from './usage.ts'
import { MAIN_SPACE } from './values.ts'
import type { SessionView, Turn } from './view.ts'

/**
 * Folds one durable event into a view. Pure; unchanged messages keep their identity.
 * An event at or below the view's `seq` was already folded and changes nothing; a gap is an error of the caller.
 * @throws RangeError when `seq` is not the next one
 */
export function applyEvent(view: SessionView, { seq, at, event }: LoggedEvent): SessionView {
  const { summary } = view
  if (seq <= summary.seq) return view
  if (seq !== summary.seq + 1) throw new RangeError(`session log: event ${seq} after ${summary.seq}`)
  return settle(fold({ ...view, summary: { ...summary, seq, updatedAt: at } }, event, at))
}

/** Folds streamed text. A delta that overlaps what is known adds only its tail; one that leaves a gap waits for the log. */
export function applyDelta(view: SessionView, delta: Delta): SessionView {
  return patchPart(view, delta.messageId, delta.partId, (part) => {
    if (part.type === 'tool') {
      if (part.status !== 'running') return part
      const output = extend(part.output, delta.offset, delta.text)
      return output === part.output ? part : { ...part, output }
    }
    if (part.type === 'document' || part.type === 'media') return part
    const text = extend(part.text, delta.offset, delta.text)
    return text === part.text ? part : { ...part, text }
  })
}

/** The view of a session before its first event. */
export function emptyView(id: SessionId): SessionView {
  return {
    summary: {
      id,
      title: '',
      workspace: '',
      model: '',
      mode: 'ask',
      status: 'idle',
      archived: false,
      createdAt: '',
      updatedAt: '',
      seq: 0,
      messageCount: 0,
    },
    queue: [],
    messages: [],
    earlier: 0,
    approvals: [],
    usage: noUsage,
    costMicros: 0,
    unpricedCalls: 0,
  }
}

function fold(view: SessionView, event: SessionEvent, at: string): SessionView {
  switch (event.type) {
    case 'sessionCreated': {
      const { type: _, space, ...created } = event
      return { ...view, summary: { ...view.summary, ...created, ...spaced(space), createdAt: at } }
    }
    case 'sessionRenamed':
      return { ...view, summary: { ...view.summary, title: event.title } }
    case 'sessionArchived':
      return { ...view, summary: { ...view.summary, archived: event.archived } }
    case 'sessionConfigured': {
      const { workspace, model, mode, isolation, space } = event
      const { isolation: before, space: old = MAIN_SPACE, ...summary } = view.summary
      const chosen = isolation === undefined ? before : (isolation ?? undefined)
      const changed = {
        ...(workspace !== undefined && { workspace }),
        ...(model !== undefined && { model }),
        ...(mode !== undefined && { mode }),
        ...(chosen !== undefined && { isolation: chosen }),
      }
      const next = { ...view, summary: { ...summary, ...changed, ...spaced(space ?? old) } }
      if (space === undefined || space === old) return next
      const spaces = [...(view.spaces ?? [{ seq: 0, space: old }]), { seq: view.summary.seq, space }]
      return { ...next, spaces: spaces.slice(-MOST_SPACES) }
    }
    case 'sessionTainted': {
      const { type: _, ...mark } = event
      return addTaint(view, { ...mark, at })
    }
    case 'taintCleared':
      return { ...view, taints: (view.taints ?? []).filter(({ label }) => !event.labels.includes(label)) }
    case 'messageQueued':
      return {
        ...view,
        queue: [
          ...view.queue,
          {
            id: event.messageId,
            role: 'user',
            status: 'queued',
            createdAt: at,
            parts: event.parts,
            ...(event.steer && { steer: true }),
          },
        ],
      }
    case 'messageRemoved':
      return { ...view, queue: view.queue.filter((m) => m.id !== event.messageId) }
    case 'turnStarted':
      return joinQueued({ ...view, turn: { id: event.turnId, state: 'assembling', model: event.model, startedAt: at } }, event)
    case 'messagesJoined':
      return joinQueued(view, event)
    case 'turnWaiting': {
      const { type: _, turnId: __, ...waiting } = event
      return view.turn ? { ...view, turn: { ...view.turn, waiting } } : view
    }
    case 'turnWarned': {
      const warnings = [...(view.turn?.warnings ?? []), event.message]
      return view.turn ? { ...view, turn: { ...view.turn, warnings } } : view
    }
    case 'memoryRecalled':
      return recall(view, event)
    case 'stepFellBack':
      return fallBack(view, event)
    case 'turnCompleted':
    case 'turnFailed':
    case 'turnCancelled':
    case 'turnInterrupted':
      return endTurn(view, event, at)
    case 'messageStarted':
      return withTurn(
        append(view, {
          id: event.messageId,
          role: 'assistant',
          turnId: event.turnId,
          status: 'streaming',
          createdAt: at,
          model: event.model,
          parts: [],
        }),
        'streaming',
      )
    case 'partStarted':
      return withTurn(addPart(view, event.messageId, { type: event.kind, id: event.partId, text: '' }), 'streaming')
    case 'partAppended':
      return applyDelta(view, { kind: 'part', ...event })
    case 'partCompleted':
      return patchPart(view, event.messageId, event.partId, (part) =>
        part.type === 'thinking' && event.signature !== undefined ? { ...part, signature: event.signature } : part,
      )
    case 'messageCompleted':
      return completeMessage(view, event)
    case 'toolRequested': {
      const { type: _, messageId, partId, ...call } = event
      const asked = addPart(view, messageId, { type: 'tool', id: partId, ...call, status: 'requested', output: '' })
      return withTurn(asked, 'streaming')
    }
    case 'approvalAsked':
      return askApproval(view, event, at)
    case 'approvalAnswered': {
      const open = { ...view, approvals: view.approvals.filter((a) => a.id !== event.approvalId) }
      return event.note === undefined ? open : patchTool(open, event.messageId, event.partId, { note: event.note })
    }
    case 'toolAllowed':
      return patchTool(view, event.messageId, event.partId, { status: 'allowed' })
    case 'toolDenied':
      return denyTool(view, event, at)
    case 'toolStarted':
      return withTurn(patchTool(view, event.messageId, event.partId, { status: 'running', startedAt: at }), 'tool')
    case 'toolFinished': {
      const { type: _, messageId, partId, ...result } = event
      return withTurn(patchTool(view, messageId, partId, { ...result, finishedAt: at }), 'gate')
    }
  }
}

/** Sources shown of each label. The label counts, however many there are. */
/** Changes of a session's space that are kept, to tell of which space a turn was. */
const MOST_SPACES = 50
const MOST_TAINTS = 12

function addTaint(view: SessionView, taint: Taint): SessionView {
  const known = (view.taints ?? []).filter(({ label }) => label === taint.label)
  if (known.length >= MOST_TAINTS || known.some(({ source }) => source === taint.source)) return view
  return { ...view, taints: [...(view.taints ?? []), taint] }
}

function recall(view: SessionView, { messageId, hot, found }: EventOf<'memoryRecalled'>): SessionView {
  const known = new Set(view.hot?.ids)
  const fresh = hot.filter((id) => !known.has(id))
  const next = patchMessage(view, messageId, (message) => ({ ...message, recalled: { hot: fresh, found } }))
  return { ...next, hot: { seq: view.summary.seq, ids: hot } }
}

const spaced = (space: string | undefined): { space?: string } => (space === undefined || space === MAIN_SPACE ? {} : { space })

/** The space of a session at an event of its log. */
export const spaceAt = ({ spaces = [], summary }: Pick<SessionView, 'spaces' | 'summary'>, seq: number): string =>
  spaces.findLast((change) => change.seq <= seq)?.space ?? spaces[0]?.space ?? summary.space ?? MAIN_SPACE

function append(view: SessionView, ...messages: Message[]): SessionView {
  return {
    ...view,
    messages: [...view.messages, ...messages],
    summary: { ...view.summary, messageCount: view.summary.messageCount + messages.length },
  }
}

function joinQueued(view: SessionView, { turnId, messageIds }: EventOf<'turnStarted'> | EventOf<'messagesJoined'>): SessionView {
  const joined = view.queue.filter((m) => messageIds.includes(m.id)).map((m): Message => ({ ...m, turnId, status: 'complete' }))
  return append({ ...view, queue: view.queue.filter((m) => !messageIds.includes(m.id)) }, ...joined)
}

function withTurn(view: SessionView, state: Turn['state']): SessionView {
  if (!view.turn || atRest(view.turn.state)) return view
  const { waiting: _, ...turn } = view.turn
  return { ...view, turn: { ...turn, state } }
}

function fallBack(view: SessionView, { messageId, model, failure }: EventOf<'stepFellBack'>): SessionView {
  const left = messageId ? patchMessage(view, messageId, (m): Message => ({ ...m, status: 'replaced', failure })) : view
  const next = withTurn(left, 'assembling')
  return next.turn ? { ...next, turn: { ...next.turn, model } } : next
}

const ENDINGS = {
  turnCompleted: 'completed',
  turnFailed: 'failed',
  turnCancelled: 'cancelled',
  turnInterrupted: 'interrupted',
} as const

function endTurn(
  view: SessionView,
  event: EventOf<'turnCompleted'> | EventOf<'turnFailed'> | EventOf<'turnCancelled'> | EventOf<'turnInterrupted'>,
  at: string,
): SessionView {
  if (!view.turn) return view
  const state = ENDINGS[event.type]
  const failure = event.type === 'turnFailed' ? event.failure : undefined
  const { waiting: _, ...turn } = view.turn
  const messages = view.messages.map((m): Message => {
    if (m.turnId !== event.turnId || m.status !== 'streaming' || state === 'completed') return m
    return { ...m, status: state }
  })
  return {
    ...view,
    messages,
    approvals: view.approvals.filter((a) => a.turnId !== event.turnId),
    turn: { ...turn, state, endedAt: at, ...(failure && { failure }) },
  }
}

function completeMessage(view: SessionView, { messageId, stop, usage, costMicros }: EventOf<'messageCompleted'>): SessionView {
  const next = patchMessage(view, messageId, (m) => ({
    ...m,
    status: 'complete',
    stop,
    ...(usage && { usage }),
    ...(costMicros !== undefined && { costMicros }),
  }))
  return withTurn(
    {
      ...next,
      usage: usage ? addUsage(view.usage, usage) : view.usage,
      ...(usage && { contextTokens: usage.input + usage.output + usage.cacheRead + usage.cacheWrite }),
      costMicros: view.costMicros + (costMicros ?? 0),
      unpricedCalls: view.unpricedCalls + (costMicros === undefined ? 1 : 0),
    },
    stop === 'tools' ? 'gate' : 'assembling',
  )
}

/** A call that has run already keeps its result: what is denied is to run it again. */
function denyTool(view: SessionView, { messageId, partId, reason }: EventOf<'toolDenied'>, at: string): SessionView {
  return patchPart(view, messageId, partId, (part) => {
    if (part.type !== 'tool') return part
    if (part.ended) return { ...part, status: part.ended }
    return { ...part, status: 'denied', output: reason, finishedAt: at }
  })
}

function askApproval(view: SessionView, event: EventOf<'approvalAsked'>, at: string): SessionView {
  const { type: _, messageId, partId, approvalId, reason, ...plan } = event
  const { widen, hosts } = plan
  const message = view.messages.find((m) => m.id === messageId)
  const part = message?.parts.find((p) => p.id === partId)
  const ended =
    (hosts || widen) && part?.type === 'tool' && (part.status === 'done' || part.status === 'failed') ? part.status : undefined
  const asked = patchTool(view, messageId, partId, {
    status: 'waiting',
    approvalId,
    ...(widen && { widen }),
    ...(hosts && { hosts }),
    ...(ended && { ended }),
  })
  if (part?.type !== 'tool' || !message?.turnId) return asked
  const approval = {
    id: approvalId,
    sessionId: view.summary.id,
    turnId: message.turnId,
    messageId,
    partId,
    tool: part.name,
    title: part.title,
    tier: part.tier ?? 'exec',
    args: part.args,
    reason,
    askedAt: at,
    ...plan,
  }
  return { ...asked, approvals: [...view.approvals, approval] }
}

/** The status of the summary follows from turn, queue and approvals; it is never set by hand. */
function settle(view: SessionView): SessionView {
  const status = statusOf(view)
  return status === view.summary.status ? view : { ...view, summary: { ...view.summary, status } }
}

function statusOf({ turn, queue, approvals }: SessionView): SessionView['summary']['status'] {
  if (approvals.length > 0) return 'waiting'
  if (turn && !atRest(turn.state)) return 'running'
  if (turn?.state === 'failed' || turn?.state === 'interrupted') return turn.state
  return queue.length > 0 ? 'running' : 'idle'
}

function addPart(view: SessionView, messageId: MessageId, part: Part): SessionView {
  return patchMessage(view, messageId, (m) => ({ ...m, parts: [...m.parts, part] }))
}

function patchTool(view: SessionView, messageId: MessageId, partId: PartId, patch: Partial<ToolPart>): SessionView {
  return patchPart(view, messageId, partId, (part) => (part.type === 'tool' ? { ...part, ...patch } : part))
}

function patchPart(view: SessionView, messageId: MessageId, partId: PartId, patch: (part: Part) => Part): SessionView {
  return patchMessage(view, messageId, (message) => {
    const at = message.parts.findIndex((p) => p.id === partId)
    const part = message.parts[at]
    if (!part) return message
    const next = patch(part)
    return next === part ? message : { ...message, parts: message.parts.with(at, next) }
  })
}

/** Messages that change are among the newest, so the search runs from the end. */
function patchMessage(view: SessionView, id: MessageId, patch: (message: Message) => Message): SessionView {
  const at = view.messages.findLastIndex((m) => m.id === id)
  const message = view.messages[at]
  if (!message) return view
  const next = patch(message)
  return next === message ? view : { ...view, messages: view.messages.with(at, next) }
}

function extend(known: string, offset: number, text: string): string {
  if (offset > known.length || offset + text.length <= known.length) return known
  return known + text.slice(known.length - offset)
}
