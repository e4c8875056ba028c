import { z } from 'zod'
import { SessionId, TurnId } from '../ids.ts'
import { Micros, Timestamp, Usage } from '../values.ts'
import { base } from './base.ts'

const route = (path: `/${string}`, summary: string) => base.route({ method: 'GET', path, summary, tags: ['usage'] })

/** Why a model was called. */
export const CallPurpose = z.enum(['turn', 'retry', 'fallback', 'compaction', 'title', 'test', 'memory'])
export type CallPurpose = z.infer<typeof CallPurpose>

/** `failed`: it ended in an error. `abandoned`: Oxbow stopped while it ran, so what it used is unknown. */
export const CallStatus = z.enum(['reserved', 'settled', 'failed', 'abandoned'])
export type CallStatus = z.infer<typeof CallStatus>

/** One model call in the ledger. */
export const ModelCall = z.object({
  id: z.number().int(),
  at: Timestamp,
  /** The day in the person's own calendar. */
  day: z.iso.date(),
  /** Absent where a person tried a provider. */
  sessionId: SessionId.optional(),
  turnId: TurnId.optional(),
  agent: z.string().optional(),
  run: z.string().optional(),
  provider: z.string(),
  /** The full reference: `openai/gpt-5.1`. */
  model: z.string(),
  purpose: CallPurpose,
  status: CallStatus,
  /** Absent where the model's server did not say. */
  usage: Usage.optional(),
  /** Absent: unknown, which is not zero. */
  costMicros: Micros.optional(),
  /** Which state of the price list the cost was reckoned by. */
  priceVersion: z.string().optional(),
})
export type ModelCall = z.infer<typeof ModelCall>

/** Many calls in one row. `costMicros` is what is known: where `unpricedCalls` is not zero, the true cost is at least that. */
export const UsageSum = z.object({
  calls: z.number().int().nonnegative(),
  unpricedCalls: z.number().int().nonnegative(),
  costMicros: Micros,
  usage: Usage,
})
export type UsageSum = z.infer<typeof UsageSum>

/** `key` is the day, month, model, agent or session; empty for calls that no agent made. */
export const UsageRow = UsageSum.extend({ key: z.string(), label: z.string().optional() })
export type UsageRow = z.infer<typeof UsageRow>

export const UsageBy = z.enum(['day', 'month', 'model', 'agent', 'session'])
export type UsageBy = z.infer<typeof UsageBy>

/** The first and last day, both included, in the person's own calendar. */
const Range = z.object({ from: z.iso.date().optional(), to: z.iso.date().optional() })

export const usage = {
  /** Days and months in their order, the others by cost. At most 1,000 rows: the newest, or the dearest. */
  summary: route('/usage', 'What model calls used and cost')
    .input(Range.extend({ by: UsageBy.default('day') }))
    .output(z.object({ rows: z.array(UsageRow), total: UsageSum, today: z.iso.date() })),
  calls: route('/usage/calls', 'Model calls, newest first')
    .input(
      Range.extend({
        sessionId: SessionId.optional(),
        limit: z.coerce.number().int().min(1).max(500).default(100),
        /** `id` of the last row of the page before. */
        before: z.coerce.number().int().positive().optional(),
      }),
    )
    .output(z.object({ calls: z.array(ModelCall) })),
  /** At most 10,000 calls at once; `next` is the `after` of the rest, and only the first piece has the heading. */
  csv: route('/usage/csv', 'Model calls as CSV, oldest first')
    .input(Range.extend({ after: z.coerce.number().int().nonnegative().default(0) }))
    .output(z.object({ csv: z.string(), next: z.number().int().optional() })),
}
