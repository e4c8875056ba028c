import { z } from 'zod'
import { MemoryId, QuestionId } from './ids.ts'
import { MEMORY_TYPES, PROTECTIONS, QUESTION_ANSWERS } from './memory-kinds.ts'
import { Timestamp } from './values.ts'

/** `hot` is always in context, `cold` has faded: it is kept compressed, and still found. */
export const MemoryTier = z.enum(['hot', 'warm', 'cold'])
export type MemoryTier = z.infer<typeof MemoryTier>

/** How well a memory is held at this moment. */
export const MemoryStanding = z.object({
  /** From 1 to 0. */
  strength: z.number(),
  tier: MemoryTier,
  /** What a person set, or what use has earned where that is more. */
  protection: z.enum(PROTECTIONS),
  /** In how many sessions it was of use. */
  sessions: z.number().int().nonnegative(),
  /** Days in which its strength halves; absent: it does not fade. */
  halfLifeDays: z.number().optional(),
})
export type MemoryStanding = z.infer<typeof MemoryStanding>

/** One of the things that are known of, with how much there is and when it last changed. */
export const MemoryTopic = z.object({
  topic: z.string(),
  memories: z.number().int(),
  changedAt: Timestamp,
  /** Labels of those memories, where too few without any hold the word: then it may be a stranger's, or private. */
  taint: z.array(z.string()).optional(),
})
export type MemoryTopic = z.infer<typeof MemoryTopic>

/**
 * What only a person can decide. `untrusted`: a stranger may have written it. `contradiction`: it may be that it and a known
 * memory cannot both hold.
 */
export const MemoryQuestion = z.object({
  id: QuestionId,
  kind: z.enum(['untrusted', 'contradiction']),
  space: z.string(),
  text: z.string(),
  type: z.enum(MEMORY_TYPES),
  /** What was known of where it came from. */
  taint: z.array(z.string()),
  session: z.string().optional(),
  /** The memory that it may replace, as it is now. */
  about: z.object({ id: MemoryId, text: z.string() }).optional(),
  askedAt: Timestamp,
})
export type MemoryQuestion = z.infer<typeof MemoryQuestion>

/** `keep` it beside what is known, let it `replace` that, or `discard` it. */
export const QuestionAnswer = z.enum(QUESTION_ANSWERS)
export type QuestionAnswer = z.infer<typeof QuestionAnswer>

/** What became of the things that were found in what was said. */
export const LearnReport = z.object({
  saved: z.number().int(),
  /** Known already. */
  strengthened: z.number().int(),
  merged: z.number().int(),
  superseded: z.number().int(),
  asked: z.number().int(),
  /** Secrets, and what was known better. */
  dropped: z.number().int(),
})
export type LearnReport = z.infer<typeof LearnReport>
export const NOTHING_LEARNED: LearnReport = { saved: 0, strengthened: 0, merged: 0, superseded: 0, asked: 0, dropped: 0 }
