import { z } from 'zod'

/** What turns memories into vectors, as a setting has it: `bundled`, `hashing`, `folder:/path`, `model:name` or `endpoint:model`. */
export const EMBEDDER =
  /^(bundled|hashing|folder:(\/|[A-Za-z]:\\).{0,1000}|model:([\w.-]{1,96}\/)?[\w.-]{1,96}|endpoint:\S{1,200})$/
const hint = 'expected bundled, hashing, folder:/path, model:name or endpoint:model'

/** A Model2Vec model's name; without an owner it is one of `minishlab`. */
export const EmbeddingModelName = z.string().regex(/^([\w.-]{1,96}\/)?[\w.-]{1,96}$/, 'expected a name such as potion-base-8M')

export const EmbedderChoice = z.object({
  embedder: z.string().regex(EMBEDDER, hint),
  /** Of an endpoint: its address up to and with the version, such as `http://127.0.0.1:11434/v1`. */
  url: z.url({ protocol: /^https?$/ }).optional(),
  /** Of an endpoint: the provider whose key is sent; absent: none. */
  keyOf: z
    .string()
    .regex(/^[a-z0-9][a-z0-9_-]*$/)
    .optional(),
})
export type EmbedderChoice = z.infer<typeof EmbedderChoice>

export const EmbeddingDownload = z.object({
  name: z.string(),
  state: z.enum(['loading', 'done', 'failed']),
  doneBytes: z.number().int(),
  ofBytes: z.number().int(),
  error: z.string().optional(),
})
export type EmbeddingDownload = z.infer<typeof EmbeddingDownload>

export const EmbedderState = z.object({
  chosen: EmbedderChoice,
  /** The one that serves; absent: memories are found by words alone. */
  serving: z.object({ id: z.string(), dimensions: z.number().int(), embedded: z.number().int() }).optional(),
  /** Another one's index that is being made while the old one serves. */
  building: z.object({ id: z.string(), done: z.number().int(), of: z.number().int() }).optional(),
  /** Why what was chosen does not serve. */
  fault: z.string().optional(),
  /** Models that were downloaded. */
  downloaded: z.array(z.string()),
  download: EmbeddingDownload.optional(),
})
export type EmbedderState = z.infer<typeof EmbedderState>
