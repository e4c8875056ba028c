import { z } from 'zod'
import { Mode } from '../values.ts'
import { base } from './base.ts'

const route = (method: 'GET' | 'POST' | 'DELETE', path: `/${string}`, summary: string) =>
  base.route({ method, path, summary, tags: ['policy'] })

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

export const policy = {
  rules: route('GET', '/policy/rules', 'The rules of this Oxbow, and of a workspace')
    .input(z.object({ workspace: z.string().max(4096).optional() }))
    .output(z.object({ path: z.string(), rules: z.array(PlacedRule) })),
  add: route('POST', '/policy/rules', 'Add a rule').input(PolicyRule).output(PlacedRule),
  remove: route('DELETE', '/policy/rules/{index}', 'Remove a rule of this Oxbow')
    .input(z.object({ index: z.coerce.number().int().nonnegative() }))
    .output(z.object({})),
  explain: route('POST', '/policy/explain', 'What the gate would answer to a call, and why. Nothing runs')
    .input(
      z.object({
        tool: z.string().min(1).max(100),
        args: z.record(z.string(), z.unknown()),
        workspace: z.string().max(4096).optional(),
        mode: Mode.optional(),
      }),
    )
    .output(
      z.object({
        effect: z.enum(['allow', 'ask', 'deny']),
        reason: z.string(),
        rule: PlacedRule.optional(),
        /** Programs a command would start. */
        programs: z.array(z.string()).optional(),
      }),
    ),
}
