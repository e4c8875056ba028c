import { amount, type Budget, budgetTitle } from '../contract/index.ts'
import { OxbowError } from '../foundation/index.ts'

/** A call does not fit into a budget: what is left, what would be needed, and what to do. */
export function exceeded(
  budget: Budget,
  { used, need, renews }: { used: number; need: number; renews: string | undefined },
): OxbowError {
  const { unit, limit } = budget
  const left = amount(unit, Math.max(0, limit - used))
  const wait = renews === undefined ? '' : `, or wait until it begins anew on ${renews}`
  return new OxbowError(
    'TOO_MANY_REQUESTS',
    'budget.exceeded',
    `The budget of ${budgetTitle(budget)} has ${left} left, and this call may need ${amount(unit, need)}.`,
    `Raise it to ${amount(unit, roundUp(used + need))} or more (\`${command(budget, roundUp(used + need))}\`)${wait}.`,
  )
}

/** Nobody knows what a call would cost, and a budget in dollars has to hold. */
export function unpriced(budget: Budget, model: string): OxbowError {
  return new OxbowError(
    'TOO_MANY_REQUESTS',
    'budget.unpriced',
    `The price of ${model} is unknown, so the budget of ${budgetTitle(budget)} cannot be kept with it.`,
    `Choose a model with a known price, or let such calls through uncounted: \`${command(budget, budget.limit)} --unpriced allow\`.`,
  )
}

export const nearlyUsed = (budget: Budget, used: number): string =>
  `${amount(budget.unit, used)} of the budget of ${budgetTitle(budget)} are used.`

/** The command that sets this budget to another limit. */
function command({ scope, subject, period, unit }: Budget, limit: number): string {
  const what = scope === 'all' ? period : subject === undefined ? scope : `${scope}:${subject}`
  const per = scope === 'all' || period === 'total' ? '' : ` --per ${period}`
  return `oxbow budget set ${what} ${unit === 'dollars' ? limit / 1e6 : limit} ${unit}${per}`
}

/** To two leading digits, so that it reads well. */
function roundUp(value: number): number {
  const step = 10 ** Math.max(0, Math.floor(Math.log10(value)) - 1)
  return Math.ceil(value / step) * step
}
