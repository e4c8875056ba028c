import { z } from 'zod'
import { ApprovalId, MemoryId, MessageId, PartId, SessionId, TurnId } from './ids.ts'
import { Message } from './parts.ts'
import { CallPlan } from './plan.ts'
import { Taint } from './taint.ts'
import { Failure, Isolation, Micros, Mode, SafetyTier, Space, Timestamp, Usage, Waiting } from './values.ts'

export const TurnState = z.enum(['assembling', 'streaming', 'gate', 'tool', 'completed', 'failed', 'cancelled', 'interrupted'])
export type TurnState = z.infer<typeof TurnState>

/** The newest turn of a session. (Before it starts, it is its messages in the queue.) */
export const Turn = z.object({
  id: TurnId,
  state: TurnState,
  model: z.string(),
  startedAt: Timestamp,
  endedAt: Timestamp.optional(),
  /** Set while it pauses between two tries of a model call. */
  waiting: Waiting.optional(),
  /** What the person should know of it. */
  warnings: z.array(z.string()).optional(),
  failure: Failure.optional(),
})
export type Turn = z.infer<typeof Turn>

export const SessionStatus = z.enum(['idle', 'running', 'waiting', 'failed', 'interrupted'])

/** A row of the session list. */
export const SessionSummary = z.object({
  id: SessionId,
  title: z.string(),
  workspace: z.string(),
  model: z.string(),
  mode: Mode,
  /** What a person chose for it; absent: what the settings say. */
  isolation: Isolation.optional(),
  /** Whose memories it learns and recalls; absent: `main`. */
  space: Space.optional(),
  status: SessionStatus,
  archived: z.boolean(),
  createdAt: Timestamp,
  updatedAt: Timestamp,
  seq: z.number().int().nonnegative(),
  messageCount: z.number().int().nonnegative(),
})
export type SessionSummary = z.infer<typeof SessionSummary>

/** A question to a person, open until answered from any door. */
export const Approval = z.object({
  id: ApprovalId,
  sessionId: SessionId,
  turnId: TurnId,
  messageId: MessageId,
  partId: PartId,
  tool: z.string(),
  title: z.string(),
  tier: SafetyTier,
  args: z.unknown(),
  reason: z.string(),
  askedAt: Timestamp,
  ...CallPlan.shape,
})
export type Approval = z.infer<typeof Approval>

/**
 * What a screen shows of one session: the fold of its log over a window of messages.
 * `messages` holds the newest; `earlier` says how many stand before them.
 */
export const SessionView = z.object({
  summary: SessionSummary,
  turn: Turn.optional(),
  /** Accepted messages that wait for their turn, oldest first. */
  queue: z.array(Message),
  messages: z.array(Message),
  earlier: z.number().int().nonnegative(),
  approvals: z.array(Approval),
  /** What clings to the conversation: each source once, the first of each label kept where there are many. */
  taints: z.array(Taint).optional(),
  /** The memories that are always in context since the event `seq`; absent until something was recalled. */
  hot: z.object({ seq: z.number().int(), ids: z.array(MemoryId) }).optional(),
  /** Where it was put into another space: of which it is from which event on. Absent: it never was. */
  spaces: z.array(z.object({ seq: z.number().int(), space: Space })).optional(),
  usage: Usage,
  /** Tokens of the newest model call, in and out: what the conversation takes of the model's window. */
  contextTokens: z.number().int().nonnegative().optional(),
  /** Known cost; `unpricedCalls` counts the model calls whose price is unknown. */
  costMicros: Micros,
  unpricedCalls: z.number().int().nonnegative(),
})
export type SessionView = z.infer<typeof SessionView>
