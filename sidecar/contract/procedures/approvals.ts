import { z } from 'zod'
import { ApprovalScope } from '../events.ts'
import { ApprovalId, SessionId } from '../ids.ts'
import { PolicyRule } from '../rules.ts'
import { SafetyTier, Timestamp } from '../values.ts'
import { Approval } from '../view.ts'
import { base } from './base.ts'

const route = (method: 'GET' | 'POST', path: `/${string}`, summary: string) =>
  base.route({ method, path, summary, tags: ['approvals'] })

/** A standing yes that a person gave with "always". */
export const Grant = z.object({
  id: z.number().int(),
  tier: SafetyTier,
  /** The exact call that is allowed; empty where the whole tier is. */
  subject: z.string(),
  workspace: z.string(),
  grantedAt: Timestamp,
})
export type Grant = z.infer<typeof Grant>

export const approvals = {
  list: route('GET', '/approvals', 'Questions that wait for a person, oldest first')
    .input(z.object({ sessionId: SessionId.optional() }))
    .output(z.object({ approvals: z.array(Approval) })),
  answer: route('POST', '/approvals/{approvalId}', 'Answer a question')
    .input(
      z.object({
        approvalId: ApprovalId,
        allow: z.boolean(),
        scope: ApprovalScope.default('once'),
        /** Goes back to the model with the answer. */
        note: z.string().max(4000).optional(),
        /** With "always": these are saved, in place of a yes to this very call. The question proposes some. */
        rules: z.array(PolicyRule).max(16).optional(),
      }),
    )
    .output(z.object({})),
  answerAll: route('POST', '/approvals-answer', 'Answer several questions alike')
    .input(
      z.object({
        approvalIds: z.array(ApprovalId).min(1).max(100),
        allow: z.boolean(),
        scope: ApprovalScope.exclude(['always']).default('once'),
        note: z.string().max(4000).optional(),
      }),
    )
    .output(z.object({ answered: z.number().int() })),
  grants: route('GET', '/grants', 'Every standing yes').output(z.object({ grants: z.array(Grant) })),
  revoke: route('POST', '/grants/{id}/revoke', 'Take a standing yes back')
    .input(z.object({ id: z.coerce.number().int() }))
    .output(z.object({})),
}
