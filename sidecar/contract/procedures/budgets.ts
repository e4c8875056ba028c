import { z } from 'zod'
import { SessionId } from '../ids.ts'
import { base } from './base.ts'

const route = (method: 'GET' | 'POST', path: `/${string}`, summary: string) =>
  base.route({ method, path, summary, tags: ['budgets'] })

/** Whose calls a budget counts: all, those of an agent or those of a session. */
export const BudgetScope = z.enum(['all', 'agent', 'session'])
export type BudgetScope = z.infer<typeof BudgetScope>

/** When a budget begins anew, in the person's own calendar; `total` only when it is reset. */
export const BudgetPeriod = z.enum(['day', 'month', 'total'])
export type BudgetPeriod = z.infer<typeof BudgetPeriod>

export const BudgetUnit = z.enum(['dollars', 'tokens', 'calls'])
export type BudgetUnit = z.infer<typeof BudgetUnit>

/** A bound on what model calls may use. */
export const Budget = z.object({
  /** What it bounds, in words: `month.dollars`, `agent:writer.day.tokens`. */
  id: z.string(),
  scope: BudgetScope,
  /** The agent or session; absent: each one for itself, unless it has a budget of its own in this unit and period. */
  subject: z.string().optional(),
  period: BudgetPeriod,
  unit: BudgetUnit,
  /** Micro-dollars, tokens or calls. */
  limit: z.number().int(),
  /** What a budget in dollars does with a call whose price nobody knows: refuse it, or let it through uncounted. */
  unpriced: z.enum(['refuse', 'allow']),
})
export type Budget = z.infer<typeof Budget>

/** How a budget stands. Where it holds for each agent or session, this is the one that used most of it. */
export const BudgetState = Budget.extend({
  /** Used, with what running calls may still use. */
  used: z.number().int().nonnegative(),
  /** Of `used`: what is set aside for calls that run. */
  reserved: z.number().int().nonnegative(),
  /** Calls that are in `used` with an estimate or, in dollars, not at all, since their cost is unknown. */
  uncertainCalls: z.number().int().nonnegative(),
  /** The agent or session that used most, where the budget holds for each. */
  fullest: z.string().optional(),
  /** The day it begins anew, in the person's own calendar. */
  renews: z.iso.date().optional(),
})
export type BudgetState = z.infer<typeof BudgetState>

const Ref = z.object({ id: z.string().min(1).max(200) })

export const budgets = {
  /** With a session: those that bound its calls, each as it stands with this session. */
  list: route('GET', '/budgets', 'Every budget and how it stands')
    .input(z.object({ sessionId: SessionId.optional() }).optional())
    .output(z.object({ budgets: z.array(BudgetState) })),
  /** One per scope, subject, period and unit: setting it again changes its limit and keeps what was counted. */
  set: route('POST', '/budgets', 'Set a budget')
    .input(
      z.object({
        scope: BudgetScope.default('all'),
        subject: z
          .string()
          .regex(/^[\w:@/-]{1,100}$/, 'expected the name or id of an agent or session')
          .optional(),
        period: BudgetPeriod,
        unit: BudgetUnit,
        /** Micro-dollars, tokens or calls. */
        limit: z.number().int().min(1).max(1e15),
        unpriced: z.enum(['refuse', 'allow']).default('refuse'),
      }),
    )
    .output(z.object({ budget: BudgetState })),
  reset: route('POST', '/budgets/{id}/reset', 'Count a budget from zero again')
    .input(Ref)
    .output(z.object({ budget: BudgetState })),
  remove: route('POST', '/budgets/{id}/remove', 'Remove a budget').input(Ref).output(z.object({})),
}
