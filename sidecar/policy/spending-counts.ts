import type { BudgetUnit, SessionId } from '../contract/index.ts'
import type { Budgets, KeptBudget } from './budgets.ts'
import type { Count, Ledger, Span } from './ledger.ts'
import { periodOf } from './ledger-calendar.ts'

/** Who makes a call, and when: by that it is known which budgets count it. */
export interface Caller {
  sessionId?: SessionId | undefined
  agent?: string | undefined
  at: string
  day: string
}

/** How a call changes what budgets of each unit have counted. */
export type Change = Record<BudgetUnit, Count>

/** What each budget has counted in its period, running calls included. The ledger is the truth; this saves reading it. */
export interface Counts {
  of(budget: KeptBudget, subject: string | undefined, day: string): Count
  /** Changes every budget that counts the call. */
  add(caller: Caller, change: Change): void
  clear(): void
}

/** Counts kept in memory; one that was dropped is read from the ledger again. */
const MOST_COUNTS = 1000

export function createCounts(ledger: Ledger, budgets: Budgets): Counts {
  const counts = new Map<string, Count>()
  return {
    of(budget, subject, day) {
      const key = keyOf(budget, subject, day)
      const known = counts.get(key)
      if (known) return known
      const count = ledger.count(spanOf(budget, subject, day), budget.unit)
      if (counts.size >= MOST_COUNTS) counts.delete(counts.keys().next().value!)
      counts.set(key, count)
      return count
    },
    add(caller, change) {
      for (const budget of concerned(budgets.all(), caller)) {
        const count = counts.get(keyOf(budget, subjectOf(budget, caller), caller.day))
        // Not the calls from before a reset.
        if (!count || caller.at < budget.since) continue
        const by = change[budget.unit]
        count.used += by.used
        count.reserved += by.reserved
        count.uncertain += by.uncertain
      }
    },
    clear: () => counts.clear(),
  }
}

const keyOf = (budget: KeptBudget, subject: string | undefined, day: string): string =>
  `${budget.id} ${subject ?? ''} ${periodOf(budget.period, day).from ?? ''} ${budget.since}`

/** The calls that a budget counts. */
export function spanOf({ scope, period, since }: KeptBudget, subject: string | undefined, day: string): Span {
  const { from, to } = periodOf(period, day)
  return { scope, subject, from, to, since }
}

/** Two budgets that differ at most in whom they are for. */
export const sameBound = (a: KeptBudget, b: KeptBudget): boolean =>
  a.scope === b.scope && a.period === b.period && a.unit === b.unit

/** The budgets that count a call. One for each agent or session leaves out those that have their own. */
export function concerned(all: readonly KeptBudget[], caller: Pick<Caller, 'sessionId' | 'agent'>): KeptBudget[] {
  return all.filter((budget) => {
    if (budget.scope === 'all') return true
    const subject = subjectOf(budget, caller)
    if (subject === undefined) return false
    if (budget.subject !== undefined) return budget.subject === subject
    return !all.some((other) => other.subject === subject && sameBound(budget, other))
  })
}

/** The agent or session of the call that a budget is about. */
export function subjectOf({ scope }: KeptBudget, caller: Pick<Caller, 'sessionId' | 'agent'>): string | undefined {
  if (scope === 'all') return undefined
  return scope === 'agent' ? caller.agent : caller.sessionId
}
