import { z } from 'zod'
import { MediaHash } from '../parts.ts'
import { Timestamp } from '../values.ts'
import { base } from './base.ts'

const route = (method: 'GET' | 'POST' | 'PUT', path: `/${string}`, summary: string) =>
  base.route({ method, path, summary, tags: ['knowledge'] })

/** Of a note, relative to the folder, with `/`: `projects/garden.md`. */
const NotePath = z.string().min(1).max(500).regex(/\.md$/i, 'expected the name of a note, such as projects/garden.md')
const Path = z.object({ path: NotePath })

export const NoteSummary = z.object({
  path: z.string(),
  title: z.string(),
  tags: z.array(z.string()),
  /** What is known of where it came from. */
  taint: z.array(z.string()),
  size: z.number().int().nonnegative(),
  modifiedAt: Timestamp,
})
export type NoteSummary = z.infer<typeof NoteSummary>

const NoteReference = z.object({
  /** As it is written. */
  target: z.string(),
  heading: z.string().optional(),
  alias: z.string().optional(),
  /** The note that it leads to; absent: there is none. */
  path: z.string().optional(),
})
export const NoteLinks = z.object({
  links: z.array(NoteReference),
  /** Notes that link to it. */
  backlinks: z.array(z.object({ path: z.string(), title: z.string(), heading: z.string().optional() })),
})
export type NoteLinks = z.infer<typeof NoteLinks>

export const KnowledgeNote = NoteSummary.extend({
  /** With its front matter. */
  text: z.string(),
  /** Without. */
  body: z.string(),
  ...NoteLinks.shape,
})
export type KnowledgeNote = z.infer<typeof KnowledgeNote>

export const FoundPiece = z.object({
  path: z.string(),
  title: z.string(),
  /** The headings above it, from the first level down. */
  headings: z.array(z.string()),
  text: z.string(),
  taint: z.array(z.string()),
  score: z.number(),
})
export type FoundPiece = z.infer<typeof FoundPiece>

export const knowledge = {
  list: route('GET', '/knowledge', 'The notes of the knowledge folder, by name')
    .input(
      z.object({
        tag: z.string().max(60).optional(),
        limit: z.coerce.number().int().min(1).max(1000).default(200),
        /** `next` of the page before. */
        after: z.string().max(500).optional(),
      }),
    )
    .output(z.object({ folder: z.string(), notes: z.array(NoteSummary), next: z.string().optional() })),
  search: route('POST', '/knowledge/search', 'Find pieces of notes by words and by meaning')
    .input(
      z.object({
        query: z.string().max(2000).regex(/\S/, 'expected something to look for'),
        limit: z.coerce.number().int().min(1).max(50).default(10),
      }),
    )
    .output(z.object({ query: z.string(), pieces: z.array(FoundPiece) })),
  read: route('GET', '/knowledge/note', 'One note, with what it links to and what links to it').input(Path).output(KnowledgeNote),
  links: route('GET', '/knowledge/links', 'What a note links to, and what links to it').input(Path).output(NoteLinks),
  write: route('PUT', '/knowledge/note', 'Write a note; without a front matter of its own it keeps the one that was there')
    .input(Path.extend({ text: z.string().max(1_000_000) }))
    .output(NoteSummary),
  add: route('POST', '/knowledge/documents', 'Add a stored file: a note as it is, a document with a note made of it')
    .input(
      z.object({
        hash: MediaHash,
        name: z.string().min(1).max(255).optional(),
        /** The person wrote it. Else what it says is taken for a stranger's word. */
        own: z.boolean().default(false),
      }),
    )
    .output(NoteSummary),
}
