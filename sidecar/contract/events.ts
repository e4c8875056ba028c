import { z } from 'zod'
import { ApprovalId, MemoryId, MessageId, PartId, TurnId } from './ids.ts'
import { DocumentPart, MediaPart, StopReason, TextPart } from './parts.ts'
import { CallPlan, FileDiff } from './plan.ts'
import { TaintLabel, TaintMark } from './taint.ts'
import { Failure, Isolation, Micros, Mode, SafetyTier, Space, Timestamp, Usage, Waiting } from './values.ts'

/** How long a person's yes holds. */
export const ApprovalScope = z.enum(['once', 'session', 'always'])
export type ApprovalScope = z.infer<typeof ApprovalScope>

const event = <T extends string, S extends z.ZodRawShape>(type: T, shape: S) => z.object({ type: z.literal(type), ...shape })

/**
 * The durable events of a session's log. They alone change the fold.
 * A payload never repeats what an earlier event said.
 */
export const SessionEvent = z.discriminatedUnion('type', [
  event('sessionCreated', {
    title: z.string(),
    workspace: z.string(),
    model: z.string(),
    mode: Mode,
    isolation: Isolation.optional(),
    space: Space.optional(),
  }),
  event('sessionRenamed', { title: z.string() }),
  event('sessionArchived', { archived: z.boolean() }),
  event('sessionConfigured', {
    workspace: z.string().optional(),
    model: z.string().optional(),
    mode: Mode.optional(),
    /** Null: what the settings say. */
    isolation: Isolation.nullable().optional(),
    space: Space.optional(),
  }),

  /** What the conversation holds from here on, before any model is shown it. */
  event('sessionTainted', TaintMark.shape),
  /** A person looked and said that these labels do not hold. */
  event('taintCleared', { labels: z.array(TaintLabel) }),

  /** A person's message was accepted. `steer`: join the running turn between two steps rather than wait for its end. */
  event('messageQueued', {
    messageId: MessageId,
    parts: z.array(z.union([TextPart, DocumentPart, MediaPart])),
    steer: z.boolean(),
  }),
  event('messageRemoved', { messageId: MessageId }),

  /** A turn begins with the queued messages named (none when it continues an interrupted one). */
  event('turnStarted', { turnId: TurnId, messageIds: z.array(MessageId), model: z.string() }),
  event('messagesJoined', { turnId: TurnId, messageIds: z.array(MessageId) }),
  /** The turn pauses: a failed model call is tried again, or the limits of the account are used up, until then. */
  event('turnWaiting', { turnId: TurnId, ...Waiting.shape }),
  /** A model call failed; the same step goes to another model. What its message showed no longer counts. */
  event('stepFellBack', { turnId: TurnId, messageId: MessageId.optional(), model: z.string(), failure: Failure }),
  /** Something the person should know while it runs: a budget is nearly used up. */
  event('turnWarned', { turnId: TurnId, message: z.string() }),
  /**
   * What memory brought to a message: at the start of the conversation, or as its topic changed. Ids only, so that what is forgotten
   * is gone from here, too. `hot` is always in context from here on, `found` stands beside the message.
   */
  event('memoryRecalled', {
    turnId: TurnId,
    messageId: MessageId,
    why: z.enum(['start', 'topic']),
    hot: z.array(MemoryId),
    found: z.array(MemoryId),
  }),
  event('turnCompleted', { turnId: TurnId }),
  event('turnFailed', { turnId: TurnId, failure: Failure }),
  event('turnCancelled', { turnId: TurnId }),
  event('turnInterrupted', { turnId: TurnId }),

  /** One model call: an assistant message opens, parts stream into it, it closes. */
  event('messageStarted', { turnId: TurnId, messageId: MessageId, model: z.string() }),
  event('partStarted', { messageId: MessageId, partId: PartId, kind: z.enum(['text', 'thinking']) }),
  event('partAppended', { messageId: MessageId, partId: PartId, offset: z.number().int(), text: z.string() }),
  event('partCompleted', { messageId: MessageId, partId: PartId, signature: z.string().optional() }),
  event('messageCompleted', {
    messageId: MessageId,
    stop: StopReason,
    usage: Usage.optional(),
    costMicros: Micros.optional(),
  }),

  event('toolRequested', {
    messageId: MessageId,
    partId: PartId,
    callId: z.string(),
    name: z.string(),
    args: z.unknown(),
    title: z.string(),
    tier: SafetyTier.optional(),
  }),
  event('approvalAsked', {
    messageId: MessageId,
    partId: PartId,
    approvalId: ApprovalId,
    reason: z.string(),
    ...CallPlan.shape,
  }),
  event('approvalAnswered', {
    messageId: MessageId,
    partId: PartId,
    approvalId: ApprovalId,
    allow: z.boolean(),
    scope: ApprovalScope,
    note: z.string().optional(),
  }),
  event('toolAllowed', { messageId: MessageId, partId: PartId, reason: z.string() }),
  event('toolDenied', { messageId: MessageId, partId: PartId, reason: z.string() }),
  event('toolStarted', { messageId: MessageId, partId: PartId }),
  event('toolFinished', {
    messageId: MessageId,
    partId: PartId,
    status: z.enum(['done', 'failed', 'cancelled', 'interrupted']),
    output: z.string(),
    spool: z.string().optional(),
    diff: FileDiff.optional(),
  }),
])
export type SessionEvent = z.infer<typeof SessionEvent>
export type SessionEventType = SessionEvent['type']
export type EventOf<T extends SessionEventType> = Extract<SessionEvent, { type: T }>

/** A durable event with its place in the log. `seq` starts at 1 and has no gaps. */
export const LoggedEvent = z.object({ seq: z.number().int().positive(), at: Timestamp, event: SessionEvent })
export type LoggedEvent = z.infer<typeof LoggedEvent>

/** Ephemeral: text that streams into a part, or what a running tool prints. `offset` counts UTF-16 units. */
export const Delta = z.object({
  kind: z.enum(['part', 'tool']),
  messageId: MessageId,
  partId: PartId,
  offset: z.number().int().nonnegative(),
  text: z.string(),
})
export type Delta = z.infer<typeof Delta>
