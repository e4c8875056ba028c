import type { Ground } from './ground.ts'
import {
  type Budgets,
  type Calendar,
  createBudgets,
  createCalendar,
  createLedger,
  createSpending,
  type Ledger,
  type Spending,
} from './policy/index.ts'

/** What model calls cost, and what they may cost. */
export interface Money {
  calendar: Calendar
  ledger: Ledger
  budgets: Budgets
  spending: Spending
}

export function createMoney({ db, clock, audit }: Ground): Money {
  const calendar = createCalendar(clock)
  const ledger = createLedger(db)
  const budgets = createBudgets(db, clock)
  return { calendar, ledger, budgets, spending: createSpending({ db, clock, calendar, ledger, budgets, audit }) }
}
