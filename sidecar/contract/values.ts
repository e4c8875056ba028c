import { z } from 'zod'

/** ISO 8601, UTC, as on every wire of Oxbow. */
export const Timestamp = z.iso.datetime()

/** US dollars as decimal micro-units, in integers: 1 USD = 1_000_000. */
export const Micros = z.number().int()

/** How much a session's agent may do without asking. */
export const Mode = z.enum(['ask', 'auto-edit', 'auto'])
export type Mode = z.infer<typeof Mode>

/** What a tool can do to the world: look at it, change files, fetch from hosts outside, run commands. */
export const SafetyTier = z.enum(['read', 'write', 'net', 'exec'])
export type SafetyTier = z.infer<typeof SafetyTier>

/** What stands between a command and the person's computer, from loose to strict. */
export const Isolation = z.enum(['host', 'process', 'container', 'microvm'])
export type Isolation = z.infer<typeof Isolation>

/** The topic that memories and sessions belong to; those of one are never found from another. */
export const Space = z.string().trim().min(1).max(200)
/** Where nothing else was chosen. What it knows of the person themselves is known everywhere. */
export const MAIN_SPACE = 'main'

/** `provider/model`, the model part may itself hold slashes: `openrouter/meta/llama-4`. */
export const ModelRef = z
  .string()
  .max(200)
  .regex(/^[a-z0-9][a-z0-9_.-]*\/[^\s]+$/, 'expected provider/model, for example openai/gpt-5.1')

/** Tokens of one or more model calls. `input` excludes what was read from or written to the provider's cache. */
export const Usage = z.object({
  input: z.number().int().nonnegative(),
  output: z.number().int().nonnegative(),
  cacheRead: z.number().int().nonnegative(),
  cacheWrite: z.number().int().nonnegative(),
})
export type Usage = z.infer<typeof Usage>

/** Why something failed, in a form that a person can act on. */
export const Failure = z.object({
  code: z.string(),
  message: z.string(),
  hint: z.string().optional(),
})
export type Failure = z.infer<typeof Failure>

/** Why a turn pauses, and until when. `tries` counts the calls made so far. */
export const Waiting = z.object({
  reason: z.enum(['retry', 'quota']),
  model: z.string(),
  tries: z.number().int().positive(),
  until: Timestamp,
  failure: Failure.optional(),
})
export type Waiting = z.infer<typeof Waiting>
