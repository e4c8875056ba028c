import type { BudgetState, BudgetUnit, CallPurpose, SessionId, TurnId, Usage } from '../contract/index.ts'
import { atomically, type Clock, type Db } from '../foundation/index.ts'
import type { Budgets, KeptBudget } from './budgets.ts'
import type { Estimate } from './estimate.ts'
import type { Ledger, Span } from './ledger.ts'
import { type Calendar, periodOf } from './ledger-calendar.ts'
import { exceeded, nearlyUsed, unpriced } from './spending-words.ts'

/** A model call that is about to be made. */
export interface NewCall {
  sessionId: SessionId
  turnId: TurnId
  agent?: string | undefined
  run?: string | undefined
  provider: string
  /** The full reference: `openai/gpt-5.1`. */
  model: string
  purpose: CallPurpose
  estimate: Estimate
}

/** Said once for each budget and period, when 80 % of it are used. */
export interface BudgetWarning {
  budgetId: string
  message: string
}

/** What is set aside for one call. It is ended once, by the first of its two methods that is called; later ones do nothing. */
export interface Hold {
  readonly warnings: readonly BudgetWarning[]
  /**
   * The call was made. What is undefined is unknown: it is shown as unknown, and budgets count what was set aside for it.
   * @param status `failed` where the call may have cost something and brought no answer
   */
  settle(usage: Usage | undefined, costMicros: number | undefined, status?: 'settled' | 'failed'): void
  /** The call never reached the model: nothing was used, nothing is kept. */
  release(): void
}

/** Holds every model call against the budgets, and keeps account of it. */
export interface Spending {
  /**
   * Sets aside what a call may use, before it is made. Reserving is one transaction: however many agents ask at once, no
   * budget is promised twice.
   * @throws OxbowError `budget.exceeded`, `budget.unpriced`
   */
  reserve(call: NewCall): Hold
  /**
   * Once, at start: marks the calls that an ended process left open. Whether they cost something is unknown, so they show no
   * cost, while the budgets of their period go on counting what was set aside for them.
   * @returns how many there were
   */
  recover(): number
  state(budget: KeptBudget): BudgetState
}

export interface SpendingParts {
  db: Db
  clock: Clock
  calendar: Calendar
  ledger: Ledger
  budgets: Budgets
}

/** Budgets warn from this share on. */
const WARN_SHARE = 0.8
/** Counts kept in memory; one that was dropped is read from the ledger again. */
const MOST_COUNTS = 1000

type Amounts = Record<BudgetUnit, number>

export function createSpending({ db, clock, calendar, ledger, budgets }: SpendingParts): Spending {
  /** What each budget has counted in its period, running calls included. The ledger is the truth; this saves reading it. */
  const counts = new Map<string, { used: number }>()

  const keyOf = (budget: KeptBudget, subject: string | undefined, day: string): string =>
    `${budget.id} ${subject ?? ''} ${periodOf(budget.period, day).from ?? ''} ${budget.since}`

  const countOf = (budget: KeptBudget, subject: string | undefined, day: string): { used: number } => {
    const key = keyOf(budget, subject, day)
    const known = counts.get(key)
    if (known) return known
    const count = { used: ledger.count(spanOf(budget, subject, day))[budget.unit] }
    if (counts.size >= MOST_COUNTS) counts.delete(counts.keys().next().value!)
    counts.set(key, count)
    return count
  }

  /** Changes what budgets have counted of a call that was begun on that day. */
  const adjust = (call: NewCall, at: string, day: string, by: Amounts): void => {
    for (const budget of budgets.all()) {
      if (at < budget.since || !concerns(budget, call, budgets.all())) continue
      const count = counts.get(keyOf(budget, subjectOf(budget, call), day))
      if (count) count.used += by[budget.unit]
    }
  }

  /** @throws OxbowError when the budget has no room for the call */
  const admit = (budget: KeptBudget, call: NewCall, day: string): BudgetWarning[] => {
    const { limit, unit, period } = budget
    const subject = subjectOf(budget, call)
    if (unit === 'dollars' && call.estimate.costMicros === undefined && budget.unpriced === 'refuse')
      throw unpriced(budget, call.model)
    const need = held(call.estimate)[unit]
    const { used } = countOf(budget, subject, day)
    const { from, renews } = periodOf(period, day)
    if (need > 0 && used + need > limit) throw exceeded({ ...budget, subject }, { used, need, renews })
    if (used < limit * WARN_SHARE || !budgets.firstWarning(budget.id, `${subject ?? ''} ${from ?? ''}`)) return []
    return [{ budgetId: budget.id, message: nearlyUsed({ ...budget, subject }, used) }]
  }

  return {
    reserve(call) {
      const at = clock.iso()
      const day = calendar.today()
      const before = held(call.estimate)
      const { id, warnings } = atomically(db, () => {
        const concerned = budgets.all().filter((budget) => concerns(budget, call, budgets.all()))
        const warnings = concerned.flatMap((budget) => admit(budget, call, day))
        const { estimate, ...rest } = call
        const { priceVersion, costMicros: heldMicros } = estimate
        return { id: ledger.open({ ...rest, at, day, priceVersion, heldTokens: before.tokens, heldMicros }), warnings }
      })
      adjust(call, at, day, before)
      let ended = false
      const end = (write: () => void, after: Amounts): void => {
        if (ended) return
        write()
        ended = true
        adjust(call, at, day, minus(after, before))
      }
      return {
        warnings,
        settle: (usage, costMicros, status = 'settled') =>
          end(() => ledger.close(id, status, usage, costMicros), {
            dollars: costMicros ?? before.dollars,
            tokens: usage ? usage.input + usage.output + usage.cacheRead + usage.cacheWrite : before.tokens,
            calls: 1,
          }),
        release: () => end(() => ledger.withdraw(id), { dollars: 0, tokens: 0, calls: 0 }),
      }
    },
    recover() {
      const left = ledger.abandon()
      counts.clear()
      return left
    },
    state({ since, ...budget }) {
      const day = calendar.today()
      const { renews } = periodOf(budget.period, day)
      const span = spanOf({ since, ...budget }, budget.subject, day)
      const apart = budgets.all().flatMap((other) => (sameBound(budget, other) ? (other.subject ?? []) : []))
      const each = budget.scope !== 'all' && budget.subject === undefined
      const fullest = each ? ledger.fullest(span, budget.unit, apart) : undefined
      const nobody = each && fullest === undefined
      const counted = nobody ? undefined : ledger.count({ ...span, subject: fullest ?? budget.subject })
      return {
        ...budget,
        used: counted?.[budget.unit] ?? 0,
        reserved: counted?.reserved[budget.unit] ?? 0,
        uncertainCalls: counted?.uncertain[budget.unit] ?? 0,
        ...(fullest !== undefined && { fullest }),
        ...(renews !== undefined && { renews }),
      }
    },
  }
}

const held = ({ inputTokens, outputTokens, costMicros }: Estimate): Amounts => ({
  dollars: costMicros ?? 0,
  tokens: inputTokens + outputTokens,
  calls: 1,
})

const minus = (a: Amounts, b: Amounts): Amounts => ({
  dollars: a.dollars - b.dollars,
  tokens: a.tokens - b.tokens,
  calls: a.calls - b.calls,
})

/** Two budgets that differ at most in whom they are for. */
const sameBound = (a: Omit<KeptBudget, 'since'>, b: KeptBudget): boolean =>
  a.scope === b.scope && a.period === b.period && a.unit === b.unit

/** Whether a budget counts a call. One for each agent or session leaves out those that have their own. */
function concerns(budget: KeptBudget, call: NewCall, all: readonly KeptBudget[]): boolean {
  if (budget.scope === 'all') return true
  const subject = subjectOf(budget, call)
  if (subject === undefined) return false
  if (budget.subject !== undefined) return budget.subject === subject
  return !all.some((other) => other.subject === subject && sameBound(budget, other))
}

/** The agent or session of the call that a budget is about. */
function subjectOf({ scope }: KeptBudget, call: NewCall): string | undefined {
  if (scope === 'all') return undefined
  return scope === 'agent' ? call.agent : call.sessionId
}

function spanOf({ scope, period, since }: KeptBudget, subject: string | undefined, day: string): Span {
  const { from, to } = periodOf(period, day)
  return { scope, subject, from, to, since }
}
