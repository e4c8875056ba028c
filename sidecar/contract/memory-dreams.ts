import { z } from 'zod'
import { DreamId, MemoryId } from './ids.ts'
import { Timestamp } from './values.ts'

/** The steps of a dream, in their order. */
export const DREAM_PHASES = ['orient', 'gather', 'consolidate', 'prune', 'done'] as const
export const DreamPhase = z.enum(DREAM_PHASES)
export type DreamPhase = z.infer<typeof DreamPhase>

/** Why it began: by hand, in the night, or as there were so many sessions. `merge`: no dream, a person merged some memories. */
export const DreamCause = z.enum(['asked', 'nightly', 'sessions', 'merge'])
export type DreamCause = z.infer<typeof DreamCause>

/**
 * What a change was. `merged`: another memory that says the same, or more of it, went into one. `superseded`: a newer one took an
 * older one's place. `digested`: days, weeks, months or all were summed up. `generalised`: what happened again and again became
 * knowledge. `promoted`: what is used in many sessions counts more. `removed`: a secret was erased, for good.
 */
export const DreamChangeKind = z.enum(['merged', 'superseded', 'digested', 'generalised', 'promoted', 'removed'])
export type DreamChangeKind = z.infer<typeof DreamChangeKind>

const count = z.number().int().nonnegative()

/** What a dream found and did. */
export const DreamCounts = z.object({
  /** Memories looked at. */
  looked: count,
  duplicates: count,
  contradictions: count,
  /** Perhaps contradictions: the person is asked. */
  unsure: count,
  /** Repeated episodes, each group once. */
  repeated: count,
  /** Memories that were of use in many sessions. */
  promotions: count,
  /** Memories that have faded. */
  stale: count,
  /** Memories that would be hot, had they room. */
  hotOverflow: count,
  secrets: count,
  /** Left as they were: pinned, protected, or less trusted than what they would change. */
  spared: count,
  merged: count,
  superseded: count,
  generalised: count,
  digested: count,
  promoted: count,
  /** Compressed as they have faded. */
  packed: count,
  removed: count,
})
export type DreamCounts = z.infer<typeof DreamCounts>

export const Dream = z.object({
  id: DreamId,
  cause: DreamCause,
  /** `paused`: it goes on when there is time again. */
  state: z.enum(['running', 'paused', 'done', 'failed']),
  phase: DreamPhase,
  startedAt: Timestamp,
  endedAt: Timestamp.optional(),
  /** How long it has worked. */
  ms: z.number(),
  /** What models were asked for: in tokens, and millionths of a dollar. */
  tokens: count,
  costMicros: count,
  counts: DreamCounts,
  /** Changes that can still be undone. */
  undoable: count,
  undone: count,
  /** Why it ended before its end. */
  fault: z.string().optional(),
})
export type Dream = z.infer<typeof Dream>

export const DreamChange = z.object({
  /** Its number in the dream, from 1. */
  seq: z.number().int().positive(),
  kind: DreamChangeKind,
  space: z.string(),
  /** What is there now; its text is not there where it was forgotten or removed since. */
  memory: MemoryId,
  text: z.string().optional(),
  /** What it was made of, or took the place of. */
  other: MemoryId.optional(),
  otherText: z.string().optional(),
  /** Of a digest: `2026-05-01`, `2026-W18`, `2026-05`, `all`. */
  period: z.string().optional(),
  at: Timestamp,
  /** Whether it can be taken back. */
  undoable: z.boolean(),
  undoneAt: Timestamp.optional(),
})
export type DreamChange = z.infer<typeof DreamChange>

export const UndoDream = z.object({
  id: DreamId,
  /** Numbers of single changes; absent: all of them. */
  changes: z.array(z.number().int().positive()).min(1).max(1000).optional(),
})
export type UndoDream = z.infer<typeof UndoDream>
