import { SessionId } from '../../contract/index.ts'
import { callsCsv } from '../../policy/index.ts'
import type { Services } from '../services.ts'
import type { Implementer } from './implement.ts'

/** Calls in one piece of CSV. */
const CSV_PIECE = 10_000

export function usageRouter(os: Implementer['usage'], { ledger, calendar, log }: Services) {
  const titleOf = (id: SessionId): string | undefined => {
    try {
      return log.summary(id).title
    } catch {
      // What a session cost outlives it.
      return undefined
    }
  }
  return {
    summary: os.summary.handler(async ({ input: { by, ...days } }) => {
      const { rows, total } = await ledger.summary(by, days)
      const labelled = rows.map((row) => {
        const label = by === 'session' && row.key !== '' ? titleOf(SessionId.parse(row.key)) : undefined
        return label ? { ...row, label } : row
      })
      return { rows: labelled, total, today: calendar.today() }
    }),
    calls: os.calls.handler(({ input }) => ({ calls: ledger.calls(input) })),
    csv: os.csv.handler(({ input: { after, ...days } }) => {
      const calls = ledger.callsAfter({ ...days, after, limit: CSV_PIECE })
      const last = calls.at(-1)
      const more = last !== undefined && calls.length === CSV_PIECE
      return { csv: callsCsv(calls, after === 0), ...(more && { next: last.id }) }
    }),
  }
}

export function budgetsRouter(os: Implementer['budgets'], { budgets, spending }: Services) {
  return {
    list: os.list.handler(({ input }) => ({
      budgets: input?.sessionId ? spending.statesFor(input.sessionId) : budgets.all().map((budget) => spending.state(budget)),
    })),
    set: os.set.handler(({ input }) => ({ budget: spending.state(budgets.set(input)) })),
    reset: os.reset.handler(({ input }) => ({ budget: spending.state(budgets.reset(input.id)) })),
    remove: os.remove.handler(({ input }) => {
      budgets.remove(input.id)
      return {}
    }),
  }
}
