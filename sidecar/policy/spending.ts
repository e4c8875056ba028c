import type { Audit, AuditEvent } from '../audit/index.ts'
import type { BudgetState, BudgetUnit, CallPurpose, SessionId, TurnId, Usage } from '../contract/index.ts'
import { atomically, type Clock, type Db, ifUndone } from '../foundation/index.ts'
import type { Budgets, KeptBudget } from './budgets.ts'
import type { Estimate } from './estimate.ts'
import type { Ledger } from './ledger.ts'
import { type Calendar, periodOf } from './ledger-calendar.ts'
import { type Change, concerned, createCounts, sameBound, spanOf, subjectOf } from './spending-counts.ts'
import { exceeded, nearlyUsed, unpriced } from './spending-words.ts'

/** A model call that is about to be made. */
export interface NewCall {
  /** Absent where a person tries a provider. */
  sessionId?: SessionId | undefined
  turnId?: TurnId | undefined
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

/** What is set aside for one call. It is ended once, by the first of its two methods that is called; later ones do nothing, unless that was rolled back. */
export interface Hold {
  readonly warnings: readonly BudgetWarning[]
  /** The longest answer that was set aside, in tokens: the request must be bounded by it. Undefined where no budget counts it. */
  readonly outputTokens: number | undefined
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
  /** How a budget stands; one for each agent or session as it stands with the one that used most of it. */
  state(budget: KeptBudget): BudgetState
  /** How the budgets stand that bound the calls of a session. */
  statesFor(sessionId: SessionId): BudgetState[]
}

export interface SpendingParts {
  db: Db
  clock: Clock
  calendar: Calendar
  ledger: Ledger
  budgets: Budgets
  /** Told of calls that belong to no turn's answer. */
  audit?: Audit | undefined
}

/** Budgets warn from this share on. */
const WARN_SHARE = 0.8
/** The share of what a budget has left that one long answer may take, so that others find room beside it. */
const LONG_SHARE = 0.25

type Amounts = Record<BudgetUnit, number>

export function createSpending({ db, clock, calendar, ledger, budgets, audit }: SpendingParts): Spending {
  const counts = createCounts(ledger, budgets)

  /** @throws OxbowError when the budget has no room for the call */
  const admit = (budget: KeptBudget, call: NewCall, day: string): BudgetWarning[] => {
    const { limit, unit, period } = budget
    const subject = subjectOf(budget, call)
    if (unit === 'dollars' && call.estimate.costMicros === undefined && budget.unpriced === 'refuse')
      throw unpriced(budget, call.model)
    const need = held(call.estimate)[unit]
    const { used } = counts.of(budget, subject, day)
    const { from, renews } = periodOf(period, day)
    if (need > 0 && used + need > limit) throw exceeded({ ...budget, subject }, { used, need, renews })
    if (used < limit * WARN_SHARE || !budgets.firstWarning(budget.id, `${subject ?? ''} ${from ?? ''}`)) return []
    return [{ budgetId: budget.id, message: nearlyUsed({ ...budget, subject }, used) }]
  }

  const stateOf = ({ since, ...budget }: KeptBudget, subject: string | undefined, day: string): BudgetState => {
    const { used, reserved, uncertain } = counts.of({ since, ...budget }, subject, day)
    const { renews } = periodOf(budget.period, day)
    return { ...budget, used, reserved, uncertainCalls: uncertain, ...(renews !== undefined && { renews }) }
  }

  /** The estimate with as long an answer as every budget has room for; never shorter than it was. */
  const lengthened = (estimate: Estimate, bounds: readonly KeptBudget[], call: NewCall, day: string): Estimate => {
    const { longer, inputTokens, outputTokens } = estimate
    if (!longer) return estimate
    const most = bounds.map((budget) => {
      const { used } = counts.of(budget, subjectOf(budget, call), day)
      return fitting(estimate, budget.unit, (budget.limit - used) * LONG_SHARE)
    })
    const output = Math.max(outputTokens, Math.min(longer.mostOutputTokens, ...most))
    return { ...estimate, inputTokens, outputTokens: output, costMicros: longer.costMicros(output) }
  }

  return {
    reserve(call) {
      const { estimate: least, ...rest } = call
      const caller = { ...rest, at: clock.iso(), day: calendar.today() }
      const { id, warnings, estimate, bounded } = atomically(db, () => {
        const all = concerned(budgets.all(), caller)
        const bounds = all.filter(({ unit }) => unit !== 'calls')
        const bounded = bounds.length > 0
        const estimate = bounded ? lengthened(least, bounds, call, caller.day) : least
        const warnings = all.flatMap((budget) => admit(budget, { ...call, estimate }, caller.day))
        const { priceVersion, costMicros: heldMicros } = estimate
        const id = ledger.open({ ...caller, priceVersion, heldTokens: held(estimate).tokens, heldMicros })
        return { id, warnings, estimate, bounded }
      })
      const before = held(estimate)
      counts.add(caller, change({ used: before, reserved: before }))
      let ended = false
      const end = (write: () => void, after: Amounts, uncertain: Amounts): void => {
        if (ended) return
        write()
        ended = true
        // What is rolled back was not ended; how the budgets stand is then read anew.
        ifUndone(db, () => {
          ended = false
          counts.clear()
        })
        counts.add(caller, change({ used: minus(after, before), reserved: minus(NOTHING, before), uncertain }))
      }
      return {
        warnings,
        outputTokens: bounded ? estimate.outputTokens : undefined,
        settle(usage, costMicros, status = 'settled') {
          const after = {
            dollars: costMicros ?? before.dollars,
            tokens: usage ? usage.input + usage.output + usage.cacheRead + usage.cacheWrite : before.tokens,
            calls: 1,
          }
          const uncertain = { dollars: costMicros === undefined ? 1 : 0, tokens: usage === undefined ? 1 : 0, calls: 0 }
          end(
            () => {
              ledger.close(id, status, usage, costMicros)
              if (!IN_TURNS.has(call.purpose)) audit?.record(madeBehind(call, status, usage, costMicros))
            },
            after,
            uncertain,
          )
        },
        release: () => end(() => ledger.withdraw(id), NOTHING, NOTHING),
      }
    },
    recover() {
      const left = ledger.abandon()
      counts.clear()
      return left
    },
    state(budget) {
      const day = calendar.today()
      if (budget.scope === 'all' || budget.subject !== undefined) return stateOf(budget, budget.subject, day)
      const apart = budgets.all().flatMap((other) => (sameBound(budget, other) ? (other.subject ?? []) : []))
      const fullest = ledger.fullest(spanOf(budget, undefined, day), budget.unit, apart)
      return { ...stateOf(budget, fullest ?? '', day), ...(fullest !== undefined && { fullest }) }
    },
    statesFor(sessionId) {
      const day = calendar.today()
      return concerned(budgets.all(), { sessionId }).map((budget) => stateOf(budget, subjectOf(budget, { sessionId }), day))
    },
  }
}

/** What such a call brought is recorded with its turn. */
const IN_TURNS: ReadonlySet<CallPurpose> = new Set<CallPurpose>(['turn', 'retry', 'fallback'])

/** A model call that no turn tells of: learning's, a dream's, the trial of a provider. */
function madeBehind(
  { sessionId, turnId, agent, model, purpose }: NewCall,
  outcome: 'settled' | 'failed',
  usage: Usage | undefined,
  costMicros: number | undefined,
): AuditEvent {
  return {
    kind: 'modelCall',
    actor: 'oxbow',
    title: `Call of ${model} for ${purpose}`,
    outcome: outcome === 'settled' ? 'done' : 'failed',
    ...(sessionId !== undefined && { session: sessionId }),
    ...(turnId !== undefined && { turn: turnId }),
    ...(agent !== undefined && { agent }),
    data: { model, purpose, ...usage, ...(costMicros !== undefined && { costMicros }) },
  }
}

/** The longest answer, in tokens, that fits into an amount beside what the call sends. */
function fitting({ inputTokens, longer }: Estimate, unit: BudgetUnit, amount: number): number {
  if (unit === 'tokens') return Math.floor(amount - inputTokens)
  const sent = longer?.costMicros(0)
  const each = (longer?.costMicros(1_000_000) ?? 0) - (sent ?? 0)
  return sent === undefined || each <= 0 ? Number.POSITIVE_INFINITY : Math.floor(((amount - sent) / each) * 1_000_000)
}

const NOTHING: Amounts = { dollars: 0, tokens: 0, calls: 0 }

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

function change({ used, reserved, uncertain = NOTHING }: { used: Amounts; reserved: Amounts; uncertain?: Amounts }): Change {
  const of = (unit: BudgetUnit) => ({ used: used[unit], reserved: reserved[unit], uncertain: uncertain[unit] })
  return { dollars: of('dollars'), tokens: of('tokens'), calls: of('calls') }
}
