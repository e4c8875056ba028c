import { z } from 'zod'
import { MemoryId } from './ids.ts'
import { MEMORY_TYPES, PROTECTIONS } from './memory-kinds.ts'
import { MemoryStanding, MemoryTier, MemoryTopic } from './memory-learning.ts'
import { Space, Timestamp } from './values.ts'

export const MemoryType = z.enum(MEMORY_TYPES)
export type MemoryType = z.infer<typeof MemoryType>

/** How much tending may do to a memory by itself. A person may always forget. */
export const Protection = z.enum(PROTECTIONS)
export type Protection = z.infer<typeof Protection>

const Text = z.string().max(20_000).regex(/\S/, 'expected a text that is not empty')
const Tags = z.array(z.string().trim().min(1).max(60)).max(32)
const Label = z.string().trim().min(1).max(60)
const Name = z.string().trim().min(1).max(400)

/** Where a memory came from. `session` is Oxbow's own session id or the one of an imported conversation. */
const Source = z.object({
  session: Name.optional(),
  message: Name.optional(),
  file: z.string().min(1).max(4096).optional(),
  person: Name.optional(),
})

export const Memory = z.object({
  id: MemoryId,
  type: MemoryType,
  text: z.string(),
  tags: z.array(z.string()),
  /** From 0 to 1. */
  importance: z.number(),
  protection: Protection,
  pinned: z.boolean(),
  space: z.string(),
  /** Whose alone it is; absent: every agent's. */
  agent: z.string().optional(),
  /** Who said it. */
  speaker: z.string().optional(),
  source: Source,
  /** What the gate knew of where it came from: `web`, `file`. */
  taint: z.array(z.string()),
  /** The id it had where it was imported from. */
  externalId: z.string().optional(),
  createdAt: Timestamp,
  updatedAt: Timestamp,
  lastUsedAt: Timestamp.optional(),
  /** When it was said or began to hold. */
  validFrom: Timestamp,
  /** When it ceased to hold; absent: it holds. */
  validTo: Timestamp.optional(),
  uses: z.number().int().nonnegative(),
  /** Of a past version: the memory that took its place. */
  supersededBy: MemoryId.optional(),
  /** How well it is held now; absent where it is only carried: in an export. */
  standing: MemoryStanding.optional(),
})
export type Memory = z.infer<typeof Memory>

/** One leg's view of a result: its own score and place, from 1. */
const Leg = z.object({ score: z.number(), rank: z.number().int().positive() })

/** Why a memory was found. */
export const Why = z.object({
  words: Leg.optional(),
  meaning: Leg.optional(),
  /** How the legs were joined: by weighted scores, or by their ranks alone. */
  fusion: z.enum(['convex', 'rrf']),
  /** What each consideration added to the score. */
  parts: z.record(z.string(), z.number()),
})
export type Why = z.infer<typeof Why>

export const MemoryResult = z.object({
  id: MemoryId,
  externalId: z.string().optional(),
  sessionId: z.string().optional(),
  score: z.number(),
  why: Why,
  memory: Memory,
})
export type MemoryResult = z.infer<typeof MemoryResult>

/** What a person or an agent may set. */
const Settable = {
  type: MemoryType,
  tags: Tags,
  importance: z.number().min(0).max(1),
  protection: Protection,
  pinned: z.boolean(),
}

export const SaveMemory = z.object({
  text: Text,
  type: Settable.type.default('fact'),
  tags: Settable.tags.default([]),
  importance: Settable.importance.default(0.5),
  protection: Settable.protection.default('none'),
  pinned: Settable.pinned.default(false),
  space: Space.default('main'),
  agent: Name.optional(),
  speaker: Name.optional(),
  source: Source.default({}),
  taint: z.array(Label).max(16).default([]),
  externalId: Name.optional(),
  /** In any usual wording: `2026-05-01`, `1:56 pm on 8 May, 2023`. Default: now. */
  validFrom: z.string().max(100).optional(),
})
export type SaveMemory = z.infer<typeof SaveMemory>

/** Another text keeps the old one as a past version. */
export const UpdateMemory = z.object({
  id: MemoryId,
  text: Text.optional(),
  type: Settable.type.optional(),
  tags: Settable.tags.optional(),
  importance: Settable.importance.optional(),
  protection: Settable.protection.optional(),
  pinned: Settable.pinned.optional(),
  /** Since when the new text holds. Default: now. */
  validFrom: z.string().max(100).optional(),
})
export type UpdateMemory = z.infer<typeof UpdateMemory>

const flag = z.stringbool().or(z.boolean())
const many = <T extends z.ZodType>(item: T) =>
  z
    .array(item)
    .or(item.transform((one) => [one]))
    .optional()

export const SearchMemory = z.object({
  query: z.string().max(2000).regex(/\S/, 'expected something to look for'),
  /** Absent: all spaces. */
  space: Space.optional(),
  /** Also what is this agent's alone. */
  agent: Name.optional(),
  types: many(MemoryType),
  tags: many(z.string().max(60)),
  /** What was held true at that time. */
  asOf: z.string().max(100).optional(),
  limit: z.coerce.number().int().min(1).max(200).default(10),
})
export type SearchMemory = z.infer<typeof SearchMemory>

export const ListMemory = z.object({
  space: Space.optional(),
  agent: Name.optional(),
  types: many(MemoryType),
  tags: many(z.string().max(60)),
  pinned: flag.optional(),
  /** Only those that are held so well now. */
  tier: MemoryTier.optional(),
  session: Name.optional(),
  limit: z.coerce.number().int().min(1).max(500).default(50),
  /** `next` of the page before. */
  after: z.string().max(100).optional(),
})
export type ListMemory = z.infer<typeof ListMemory>

/** What to forget: everything that all of the given conditions hold for; at least one. */
export const ForgetMemory = z.object({
  ids: z.array(MemoryId).max(1000).optional(),
  /** All of these words are in its text. */
  query: z.string().max(2000).regex(/\S/).optional(),
  space: Space.optional(),
  /** Valid from then on, until then: in any usual wording. */
  from: z.string().max(100).optional(),
  to: z.string().max(100).optional(),
  /** Only say how many it would be. */
  dryRun: z.boolean().default(false),
})
export type ForgetMemory = z.infer<typeof ForgetMemory>

export const MemoryStats = z.object({
  memories: z.number().int(),
  past: z.number().int(),
  spaces: z.array(z.object({ space: z.string(), memories: z.number().int() })),
  types: z.array(z.object({ type: MemoryType, memories: z.number().int() })),
  tiers: z.array(z.object({ tier: MemoryTier, memories: z.number().int() })),
  /** Half-lives in days, by type: what the retention in the settings comes to. */
  halfLives: z.array(z.object({ type: MemoryType, days: z.number() })),
  /** What is known of, the most first. */
  topics: z.array(MemoryTopic),
  /** Questions that wait for a person. */
  questions: z.number().int(),
  embedder: z.object({ id: z.string(), dimensions: z.number().int() }),
  /** Memories that search by meaning knows already. */
  embedded: z.number().int(),
  /** Another embedder's index that is being made while the old one serves. */
  building: z.object({ id: z.string(), done: z.number().int(), of: z.number().int() }).optional(),
})
export type MemoryStats = z.infer<typeof MemoryStats>

/** Bytes of one import: the command line sends longer files in pieces. */
export const MOST_IMPORT = 4 * 1024 * 1024

/** Notes that a session can keep on its scratchpad. */
export const SCRATCHPAD_ITEMS = 32
