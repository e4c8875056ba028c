import { z } from 'zod'
import { MessageId, PartId, SessionId } from './ids.ts'
import { TaintLabel } from './taint.ts'
import { Space, Timestamp } from './values.ts'

/** What was said by whom, what a tool gave back, a file that was read, a document that was handed in. */
export const EpisodeKind = z.enum(['said', 'answered', 'tool', 'file', 'document'])
export type EpisodeKind = z.infer<typeof EpisodeKind>

const many = <T extends z.ZodType>(item: T) =>
  z
    .array(item)
    .or(item.transform((one) => [one]))
    .optional()

export const SearchEpisodes = z.object({
  query: z.string().max(2000).regex(/\S/, 'expected something to look for'),
  /** Of this session only. */
  session: SessionId.optional(),
  /** Of sessions of this space only. */
  space: Space.optional(),
  kinds: many(EpisodeKind),
  limit: z.coerce.number().int().min(1).max(100).default(10),
})
export type SearchEpisodes = z.infer<typeof SearchEpisodes>

/** A place in a conversation. Its text is in the session's log and nowhere else. */
export const Episode = z.object({
  sessionId: SessionId,
  /** Of the session. */
  title: z.string(),
  messageId: MessageId,
  partId: PartId,
  kind: EpisodeKind,
  at: Timestamp,
  /** Around the words that were found. */
  excerpt: z.string(),
  /** The higher the better; comparable within one answer. */
  score: z.number(),
  /** What clings to its session, and what a tool's result from outside brings by itself. */
  taint: z.array(TaintLabel),
})
export type Episode = z.infer<typeof Episode>
