import type { Budget } from '../contract/index.ts'
import { type Clock, type Db, nearMiss, OxbowError } from '../foundation/index.ts'

/** A budget with the moment from which it counts. */
export interface KeptBudget extends Budget {
  since: string
}

/** The budgets a person has set. */
export interface Budgets {
  all(): readonly KeptBudget[]
  /** @throws OxbowError `budget.notFound` */
  get(id: string): KeptBudget
  /** Sets a budget, or the limit of the one that stands. @throws OxbowError `budget.subject` */
  set(budget: Omit<Budget, 'id'>): KeptBudget
  /** Counts from now on. @throws OxbowError `budget.notFound` */
  reset(id: string): KeptBudget
  /** @throws OxbowError `budget.notFound` */
  remove(id: string): void
  /** Takes note of a warning. @returns whether it is the first of this occasion */
  firstWarning(id: string, occasion: string): boolean
}

export function createBudgets(db: Db, clock: Clock): Budgets {
  const select = db.prepare<[], KeptBudget & { subject: string | null }>(
    'SELECT id, scope, subject, period, unit, "limit", unpriced, since FROM budgets ORDER BY set_at, id',
  )
  const upsert = db.prepare(
    `INSERT INTO budgets (id, scope, subject, period, unit, "limit", unpriced, since, set_at) VALUES (?, ?, ?, ?, ?, ?, ?, '', ?)
     ON CONFLICT (id) DO UPDATE SET "limit" = excluded."limit", unpriced = excluded.unpriced`,
  )
  const restart = db.prepare('UPDATE budgets SET since = ? WHERE id = ?')
  const remove = db.prepare('DELETE FROM budgets WHERE id = ?')
  const warn = db.prepare('INSERT OR IGNORE INTO budget_warnings (budget_id, occasion) VALUES (?, ?)')
  const forget = db.prepare('DELETE FROM budget_warnings WHERE budget_id = ?')
  const read = (): KeptBudget[] =>
    select.all().map(({ subject, ...budget }) => ({ ...budget, ...(subject !== null && { subject }) }))
  let kept = read()
  const get = (id: string): KeptBudget => {
    const budget = kept.find((known) => known.id === id)
    if (budget) return budget
    const near = nearMiss(
      id,
      kept.map((known) => known.id),
    )
    const hint = near === undefined ? 'See `oxbow budget list` for those that are.' : `Did you mean ${near}?`
    throw new OxbowError('NOT_FOUND', 'budget.notFound', `there is no budget ${id}`, hint)
  }
  return {
    all: () => kept,
    get,
    set(budget) {
      const { scope, subject, period, unit, limit, unpriced } = budget
      if (scope === 'all' && subject !== undefined)
        throw new OxbowError(
          'BAD_REQUEST',
          'budget.subject',
          'a budget for all calls has no agent or session',
          `Leave "${subject}" out, or set the budget for an agent or a session.`,
        )
      const id = budgetId(budget)
      upsert.run(id, scope, subject ?? null, period, unit, limit, unpriced, clock.iso())
      // A new limit is warned about anew.
      forget.run(id)
      kept = read()
      return get(id)
    },
    reset(id) {
      get(id)
      restart.run(clock.iso(), id)
      forget.run(id)
      kept = read()
      return get(id)
    },
    remove(id) {
      get(id)
      remove.run(id)
      kept = read()
    },
    firstWarning: (id, occasion) => warn.run(id, occasion).changes > 0,
  }
}

/** What a budget bounds, in words: `month.dollars`, `agent:writer.day.tokens`. */
function budgetId({ scope, subject, period, unit }: Omit<Budget, 'id'>): string {
  const whose = scope === 'all' ? '' : subject === undefined ? `${scope}.` : `${scope}:${subject}.`
  return `${whose}${period}.${unit}`
}
