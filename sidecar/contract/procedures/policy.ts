import { z } from 'zod'
import { SessionId } from '../ids.ts'
import { Reach } from '../plan.ts'
import { PlacedRule, PolicyRule, Role } from '../rules.ts'
import { Taint, TaintedFile, TaintLabel, TaintMark } from '../taint.ts'
import { Mode, Timestamp } from '../values.ts'
import { base } from './base.ts'

const route = (method: 'GET' | 'POST' | 'DELETE', path: `/${string}`, summary: string) =>
  base.route({ method, path, summary, tags: ['policy'] })

const Effect = z.enum(['allow', 'ask', 'deny'])

/** What a change of the rules would have meant. */
export const Simulation = z.object({
  /** Calls of the time that were judged anew. */
  calls: z.number().int(),
  /** Whether there were more: the newest were judged. */
  more: z.boolean(),
  /** Those with another answer. */
  changed: z.number().int(),
  /** The newest of them. */
  examples: z.array(
    z.object({
      sessionId: SessionId,
      at: Timestamp,
      tool: z.string(),
      title: z.string(),
      before: Effect,
      after: Effect,
      reason: z.string(),
    }),
  ),
  /** Calls that cannot be judged, as the rules or settings in their workspace cannot be read; they are none of those above. */
  unjudged: z.array(z.object({ workspace: z.string(), calls: z.number().int(), reason: z.string() })),
})
export type Simulation = z.infer<typeof Simulation>

export const policy = {
  rules: route('GET', '/policy/rules', 'The rules of this Oxbow, and of a workspace')
    .input(z.object({ workspace: z.string().max(4096).optional() }))
    .output(z.object({ path: z.string(), rules: z.array(PlacedRule) })),
  add: route('POST', '/policy/rules', 'Add a rule').input(PolicyRule).output(PlacedRule),
  remove: route('DELETE', '/policy/rules/{index}', 'Remove a rule of this Oxbow')
    .input(
      z.object({
        index: z.coerce.number().int().nonnegative(),
        /** What was listed at that place: where another rule stands there by now, nothing is removed. */
        rule: PolicyRule.optional(),
      }),
    )
    .output(z.object({})),
  explain: route('POST', '/policy/explain', 'What the gate would answer to a call, and why. Nothing runs')
    .input(
      z.object({
        tool: z.string().min(1).max(100),
        args: z.record(z.string(), z.unknown()),
        workspace: z.string().max(4096).optional(),
        mode: Mode.optional(),
        /** With what was allowed for it, and with its labels. */
        sessionId: SessionId.optional(),
      }),
    )
    .output(
      z.object({
        effect: z.enum(['allow', 'ask', 'deny']),
        reason: z.string(),
        rule: PlacedRule.optional(),
        /** Programs a command would start. */
        programs: z.array(z.string()).optional(),
        reach: Reach.optional(),
        /** Labels that are why it is asked or denied. */
        taints: z.array(TaintMark).optional(),
      }),
    ),
  simulate: route('POST', '/policy/simulate', 'What a change of the rules would have meant for the calls of the past days')
    .input(
      z.object({
        add: z.array(PolicyRule).max(50).optional(),
        remove: z.array(z.number().int().nonnegative()).max(50).optional(),
        /** In place of the role that agents have. */
        role: Role.optional(),
        days: z.number().int().min(1).max(90).default(7),
      }),
    )
    .output(Simulation),
  taints: route('GET', '/policy/taints/{sessionId}', 'What clings to a session: words from outside, and what is private')
    .input(z.object({ sessionId: SessionId }))
    .output(z.object({ taints: z.array(Taint) })),
  clearTaint: route('POST', '/policy/taints/{sessionId}/clear', 'Say that the labels of a session do not hold')
    .input(z.object({ sessionId: SessionId, labels: z.array(TaintLabel).min(1).max(2).optional() }))
    .output(z.object({ cleared: z.array(TaintLabel) })),
  taintedFiles: route('GET', '/policy/tainted-files', 'Files that agents wrote with such labels, newest first')
    .input(z.object({ limit: z.coerce.number().int().min(1).max(1000).default(200) }))
    .output(z.object({ files: z.array(TaintedFile) })),
  trustFile: route('POST', '/policy/tainted-files/trust', 'Take the labels from a file, or from a folder and all in it')
    .input(z.object({ path: z.string().min(1).max(4096) }))
    .output(z.object({ trusted: z.number().int() })),
}
