import { z } from 'zod'
import { DreamId, MemoryId, QuestionId } from '../ids.ts'
import {
  ForgetMemory,
  ListMemory,
  Memory,
  MemoryResult,
  MemoryStats,
  MOST_IMPORT,
  SaveMemory,
  SearchMemory,
  UpdateMemory,
} from '../memory.ts'
import { Dream, DreamChange, UndoDream } from '../memory-dreams.ts'
import { EmbedderChoice, EmbedderState, EmbeddingDownload, EmbeddingModelName } from '../memory-embedder.ts'
import { Episode, SearchEpisodes } from '../memory-episodes.ts'
import { LearnReport, MemoryQuestion, MemoryTopic, QuestionAnswer } from '../memory-learning.ts'
import { Space, Timestamp } from '../values.ts'
import { base } from './base.ts'

const route = (method: 'GET' | 'POST' | 'PUT' | 'PATCH', path: `/${string}`, summary: string) =>
  base.route({ method, path, summary, tags: ['memory'] })
const Ref = z.object({ id: MemoryId })
const Point = z.object({ at: Timestamp, strength: z.number() })

export const memory = {
  search: route('POST', '/memory/search', 'Find memories by words and by meaning, and say why each was found')
    .input(SearchMemory)
    .output(
      z.object({
        query: z.string(),
        results: z.array(MemoryResult),
        ms: z.number(),
        /** Why it went by words alone, where it did. */
        wordsOnly: z.string().optional(),
      }),
    ),
  episodes: route('POST', '/memory/episodes', 'Find what was said, what tools gave back and files that were read')
    .input(SearchEpisodes)
    .output(z.object({ query: z.string(), episodes: z.array(Episode), ms: z.number() })),
  list: route('GET', '/memory', 'List memories, newest first')
    .input(ListMemory)
    .output(z.object({ memories: z.array(Memory), next: z.string().optional() })),
  get: route('GET', '/memory/items/{id}', 'One memory').input(Ref).output(Memory),
  history: route('GET', '/memory/items/{id}/history', 'A memory and its past versions, newest first')
    .input(Ref)
    .output(z.object({ versions: z.array(Memory) })),
  pick: route('POST', '/memory/pick', 'Memories by their ids; those that are forgotten are left out')
    .input(z.object({ ids: z.array(MemoryId).max(200) }))
    .output(z.object({ memories: z.array(Memory) })),
  strength: route('GET', '/memory/items/{id}/strength', 'How well a memory was held over time, and will be')
    .input(Ref)
    .output(z.object({ points: z.array(Point) })),
  topics: route('GET', '/memory/topics', 'What is known of, the most first')
    .input(z.object({ space: Space.optional() }))
    .output(z.object({ topics: z.array(MemoryTopic) })),
  learn: route('POST', '/memory/learn', 'Learn from all that was said and is not learned from yet').output(LearnReport),
  questions: route('GET', '/memory/questions', 'What only a person can decide, newest first')
    .input(z.object({ space: Space.optional(), limit: z.coerce.number().int().min(1).max(200).default(50) }))
    .output(z.object({ questions: z.array(MemoryQuestion) })),
  answer: route(
    'POST',
    '/memory/questions/{id}',
    'Answer a question: keep the candidate, let it replace the memory, or discard it',
  )
    .input(z.object({ id: QuestionId, answer: QuestionAnswer }))
    .output(z.object({ memory: Memory.optional() })),
  save: route('POST', '/memory', 'Save a memory').input(SaveMemory).output(Memory),
  update: route('PATCH', '/memory/items/{id}', 'Change a memory; a new text keeps the old one as a past version')
    .input(UpdateMemory)
    .output(Memory),
  forget: route('POST', '/memory/forget', 'Remove memories with their index and past versions, so that no byte stays')
    .input(ForgetMemory)
    .output(z.object({ forgotten: z.number().int() })),
  import: route('POST', '/memory/import', 'Save memories from JSON lines; those with a known id are replaced')
    .input(
      z.object({
        jsonl: z.string().max(MOST_IMPORT),
        /** Of lines that name none. */
        space: Space.optional(),
        /** The number that the first line has in the person's file. */
        firstLine: z.number().int().positive().default(1),
        /**
         * With the last piece: notes that were read as a whole, by the file that their lines name, since `begunAt` of the first piece. What
         * they no longer say is forgotten, but for what is pinned or protected.
         */
        notes: z.object({ files: z.array(z.string().max(4096)).max(5000), since: Timestamp }).optional(),
      }),
    )
    .output(
      z.object({
        saved: z.number().int(),
        replaced: z.number().int(),
        /** Of sections that are in their notes no more. */
        removed: z.number().int(),
        /** When this piece was begun. */
        begunAt: Timestamp,
      }),
    ),
  export: route('GET', '/memory/export', 'Memories as JSON lines, a page at a time')
    .input(
      z.object({
        space: Space.optional(),
        limit: z.coerce.number().int().min(1).max(5000).default(1000),
        after: z.string().max(100).optional(),
      }),
    )
    .output(z.object({ jsonl: z.string(), next: z.string().optional() })),
  dream: route('POST', '/memory/dream', 'Put memories in order, in the background: begin, or go on with what was interrupted')
    .input(
      z.object({
        /** It is paused after this, and goes on the next time. */
        minutes: z.number().int().min(1).max(240).optional(),
      }),
    )
    .output(Dream),
  dreams: route('GET', '/memory/dreams', 'What dreams found and did, the newest first')
    .input(z.object({ limit: z.coerce.number().int().min(1).max(100).default(20) }))
    .output(z.object({ dreams: z.array(Dream) })),
  dreamReport: route('GET', '/memory/dreams/{id}', 'A dream and every change that it made')
    .input(
      z.object({
        id: DreamId,
        after: z.coerce.number().int().min(0).default(0),
        limit: z.coerce.number().int().min(1).max(500).default(100),
      }),
    )
    .output(z.object({ dream: Dream, changes: z.array(DreamChange), next: z.number().int().optional() })),
  undo: route('POST', '/memory/dreams/{id}/undo', 'Take back what a dream changed, single changes or all')
    .input(UndoDream)
    .output(z.object({ undone: z.number().int(), kept: z.number().int() })),
  merge: route('POST', '/memory/merge', 'Let memories become one; it stands among the dreams and is taken back like one')
    .input(
      z.object({
        ids: z.array(MemoryId).min(2).max(20),
        /** What it shall say. Default: what they say together. */
        text: SaveMemory.shape.text.optional(),
        /** Only say which one stays, and the text that is proposed. */
        dryRun: z.boolean().default(false),
      }),
    )
    .output(z.object({ memory: Memory, text: z.string(), dream: DreamId.optional() })),
  digests: route(
    'GET',
    '/memory/digests',
    'What days, weeks, months and all were summed up in; with an id, what that was made of',
  )
    .input(z.object({ id: MemoryId.optional(), space: Space.optional() }))
    .output(z.object({ memories: z.array(Memory) })),
  stats: route('GET', '/memory/stats', 'How many memories there are, and what finds them').output(MemoryStats),
  embedder: route('GET', '/memory/embedder', 'What turns memories into vectors, and how far its index is').output(EmbedderState),
  setEmbedder: route(
    'PUT',
    '/memory/embedder',
    'Choose what turns memories into vectors; their index is made anew behind the old one',
  )
    .input(EmbedderChoice)
    .output(EmbedderState),
  downloadEmbedder: route('POST', '/memory/embedder/models', 'Download an embedding model by its name, in the background')
    .input(z.object({ name: EmbeddingModelName }))
    .output(EmbeddingDownload),
  reindex: route('POST', '/memory/reindex', 'Make the index anew, in the background').output(
    z.object({ memories: z.number().int() }),
  ),
}
