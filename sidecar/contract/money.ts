import type { Budget, BudgetUnit } from './procedures/budgets.ts'

/** `$12.34`; below a cent as exact as it takes to see it: `$0.0042`. */
export function dollars(micros: number): string {
  if (micros > 0 && micros < 100) return '<$0.0001'
  if (micros > 0 && micros < 10_000) return `$${(micros / 1e6).toFixed(4)}`
  return `$${(micros / 1e6).toLocaleString('en-US', { minimumFractionDigits: 2, maximumFractionDigits: 2 })}`
}

/** What was spent, where some calls may have an unknown price: `at least $1.20, 3 calls of unknown price`. */
export function spent({ costMicros, unpricedCalls }: { costMicros: number; unpricedCalls: number }): string {
  if (unpricedCalls === 0) return dollars(costMicros)
  const unknown = `${unpricedCalls} ${unpricedCalls === 1 ? 'call' : 'calls'} of unknown price`
  return costMicros === 0 ? unknown : `at least ${dollars(costMicros)}, ${unknown}`
}

/** An amount of a budget in words: `$3.00`, `1,000 tokens`, `1 call`. */
export function amount(unit: BudgetUnit, value: number): string {
  if (unit === 'dollars') return dollars(value)
  return `${value.toLocaleString('en-US')} ${value === 1 ? unit.slice(0, -1) : unit}`
}

const PERIODS = { day: ' a day', month: ' a month', total: ' in all' }

/** A budget in words: `$20.00 a month`, `500 calls a day for agent writer`. */
export function budgetTitle({ scope, subject, period, unit, limit }: Omit<Budget, 'id' | 'unpriced'>): string {
  const whose = scope === 'all' ? '' : subject === undefined ? ` for each ${scope}` : ` for ${scope} ${subject}`
  return `${amount(unit, limit)}${PERIODS[period]}${whose}`
}
