import { z } from 'zod'

const pattern = z.string().min(1).max(300)

/** What the gate answers to calls that match all that is named. `*` and `**` stand for anything, as in file patterns. */
export const PolicyRule = z.strictObject({
  effect: z.enum(['allow', 'ask', 'deny']),
  /** A tool: `write`, `*`. */
  tool: pattern.optional(),
  /** A program that a command starts, wherever it stands in it: `git`, `npm*`. */
  program: pattern.optional(),
  /** A file, relative to the workspace: `src/**`, `**\/.env`. */
  path: pattern.optional(),
  /** The folder an agent works in, absolute. */
  workspace: pattern.optional(),
  /** Shown when it decides. */
  reason: z.string().max(300).optional(),
})
export type PolicyRule = z.infer<typeof PolicyRule>

/** A rule and where it stands. */
export const PlacedRule = z.object({
  rule: PolicyRule,
  /** The file it stands in. */
  source: z.string(),
  /** Its place in the file, from 0. */
  index: z.number().int().nonnegative(),
})
export type PlacedRule = z.infer<typeof PlacedRule>
