import { z } from 'zod'
import { ApprovalId, MemoryId, MessageId, PartId, TurnId } from './ids.ts'
import { FileDiff, Widening } from './plan.ts'
import { Failure, Micros, SafetyTier, Timestamp, Usage } from './values.ts'

export const TextPart = z.object({ type: z.literal('text'), id: PartId, text: z.string() })

/** What a model thought aloud. `signature` is the vendor's seal; it goes back unchanged to the same vendor. */
export const ThinkingPart = z.object({
  type: z.literal('thinking'),
  id: PartId,
  text: z.string(),
  signature: z.string().optional(),
})

/** A text document that a person handed in beside the words of a message. */
export const DocumentPart = z.object({
  type: z.literal('document'),
  id: PartId,
  name: z.string().max(255),
  text: z.string(),
})

/** The SHA-256 of a stored file, in hex: its name wherever it is spoken of. */
export const MediaHash = z.string().regex(/^[0-9a-f]{64}$/, 'expected a SHA-256 in hex, as media.put gives it')

/** `document` is what every model gets as text. */
export const MediaKind = z.enum(['image', 'audio', 'video', 'pdf', 'document'])
export type MediaKind = z.infer<typeof MediaKind>

/** A file that a person handed in. Its bytes are stored once, under their hash; they are never in the log. */
export const MediaPart = z.object({
  type: z.literal('media'),
  id: PartId,
  kind: MediaKind,
  mime: z.string(),
  name: z.string().max(255),
  size: z.number().int().nonnegative(),
  hash: MediaHash,
  width: z.number().int().positive().optional(),
  height: z.number().int().positive().optional(),
  /** The person chose that a model gets its text only. */
  as: z.literal('text').optional(),
})
export type MediaPart = z.infer<typeof MediaPart>

export const ToolStatus = z.enum([
  'requested', // the model asked; the gate has not answered
  'waiting', // a person has been asked
  'allowed',
  'running', // its start is durable: from here on effects may exist
  'done',
  'failed',
  'denied',
  'cancelled', // stopped by a person
  'interrupted', // started, and then Oxbow stopped: the outcome is unknown
])
export type ToolStatus = z.infer<typeof ToolStatus>

/** One tool call from request to result. `output` is what the model gets; while running it is what was printed so far. */
export const ToolPart = z.object({
  type: z.literal('tool'),
  id: PartId,
  /** The id the model gave the call; unique within its message only. */
  callId: z.string(),
  name: z.string(),
  /** The arguments as the model sent them; a string where they were no valid JSON. */
  args: z.unknown(),
  /** One line for people: `edit src/app.ts`. */
  title: z.string(),
  tier: SafetyTier.optional(),
  status: ToolStatus,
  approvalId: ApprovalId.optional(),
  /** The way out of the workspace that the person was asked about; it is open where the call is allowed after that. */
  widen: Widening.optional(),
  /** The hosts that were refused to it, and that the person was asked about: with a yes it runs again. */
  hosts: z.array(z.string()).optional(),
  /** How it had ended before that question; after a no it counts again. */
  ended: z.enum(['done', 'failed']).optional(),
  /** What the person said with their answer; the model is told. */
  note: z.string().optional(),
  output: z.string(),
  /** Workspace-relative or home path of the whole output when `output` was cut. */
  spool: z.string().optional(),
  diff: FileDiff.optional(),
  startedAt: Timestamp.optional(),
  finishedAt: Timestamp.optional(),
})
export type ToolPart = z.infer<typeof ToolPart>

export const Part = z.discriminatedUnion('type', [TextPart, ThinkingPart, DocumentPart, MediaPart, ToolPart])
export type Part = z.infer<typeof Part>

/** `replaced`: its model failed in the middle, and another answered instead; no model is shown it again. */
export const MessageStatus = z.enum(['queued', 'streaming', 'complete', 'failed', 'cancelled', 'interrupted', 'replaced'])

export const StopReason = z.enum(['end', 'tools', 'length', 'refusal'])
export type StopReason = z.infer<typeof StopReason>

export const Message = z.object({
  id: MessageId,
  role: z.enum(['user', 'assistant']),
  turnId: TurnId.optional(),
  status: MessageStatus,
  createdAt: Timestamp,
  /** A waiting message that joins the running turn between two steps. */
  steer: z.boolean().optional(),
  parts: z.array(Part),
  /** What memory brought to this message of a person: the hot memories, where they changed, and those found for it. */
  recalled: z.object({ hot: z.array(MemoryId), found: z.array(MemoryId) }).optional(),
  /** Assistant messages: which model answered, what it used and cost (absent cost = unknown, never zero). */
  model: z.string().optional(),
  usage: Usage.optional(),
  costMicros: Micros.optional(),
  stop: StopReason.optional(),
  /** On the last message of a turn that did not end well. */
  failure: Failure.optional(),
})
export type Message = z.infer<typeof Message>

/** What a person sends: words, and documents and stored files beside them. */
export const UserPart = z.discriminatedUnion('type', [
  z.object({ type: z.literal('text'), text: z.string().min(1).max(400_000) }),
  z.object({ type: z.literal('document'), name: z.string().min(1).max(255), text: z.string().max(2_000_000) }),
  z.object({
    type: z.literal('media'),
    hash: MediaHash,
    /** What it is called here; the name it was stored under where absent. */
    name: z.string().min(1).max(255).optional(),
    as: z.literal('text').optional(),
  }),
])
export type UserPart = z.infer<typeof UserPart>
