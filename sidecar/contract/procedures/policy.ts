import { z } from 'zod'
import { PlacedRule, PolicyRule } from '../rules.ts'
import { Mode } from '../values.ts'
import { base } from './base.ts'

const route = (method: 'GET' | 'POST' | 'DELETE', path: `/${string}`, summary: string) =>
  base.route({ method, path, summary, tags: ['policy'] })

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
