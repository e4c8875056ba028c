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
  /** A host it goes to: `*.example.com`. */
  host: pattern.optional(),
  /** An MCP server whose tool it is. */
  server: pattern.optional(),
  /** It costs as much as this or more, in micro-dollars: refused with the reason, as no call has a cost. */
  amount: z.number().int().nonnegative().optional(),
  /** The folder an agent works in, absolute. */
  workspace: pattern.optional(),
  /** Who asks for it. */
  session: pattern.optional(),
  agent: pattern.optional(),
  persona: pattern.optional(),
  /** The space of the session. */
  space: pattern.optional(),
  /** Where the words came in: `telegram`. */
  channel: pattern.optional(),
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

/**
 * What an agent may do at most, as a bundle. `reader` reads in the workspace; `worker` also writes, and asks for commands
 * and for what goes out; `operator` does what its mode allows; `owner` may also run without isolation, where the person
 * chose that.
 */
export const Role = z.enum(['reader', 'worker', 'operator', 'owner'])
export type Role = z.infer<typeof Role>
