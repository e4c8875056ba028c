import { amount, type Budget, type BudgetState, budgetTitle } from '../../../contract/index.ts'
import type { BudgetOptions, JsonOption } from '../command-set.ts'
import { withClient } from '../connection.ts'
import { EXIT } from '../exit-code.ts'
import type { Host } from '../host.ts'
import { UsageError } from '../problem.ts'
import { table } from '../table.ts'

export async function list(host: Host, { json }: JsonOption): Promise<number> {
  const { budgets } = await withClient(host, (client) => client.budgets.list())
  if (json) host.print(JSON.stringify({ budgets }))
  else if (budgets.length === 0) host.note('No budget is set. For example: oxbow budget set month 20 dollars')
  else for (const row of table(budgets.map((budget) => [budget.id, budgetTitle(budget), stand(budget)]))) host.print(row)
  return EXIT.done
}

export async function set(host: Host, what: string, size: string, unit: string, options: BudgetOptions): Promise<number> {
  const wanted = { ...parseBudget(what, size, unit, options.per), unpriced: options.unpriced }
  const { budget } = await withClient(host, (client) => client.budgets.set(wanted))
  host.print(`${budgetTitle(budget)}: ${stand(budget)}`)
  return EXIT.done
}

export async function reset(host: Host, id: string): Promise<number> {
  const { budget } = await withClient(host, (client) => client.budgets.reset({ id }))
  host.print(`${budgetTitle(budget)}: ${stand(budget)}`)
  return EXIT.done
}

export async function remove(host: Host, id: string): Promise<number> {
  await withClient(host, (client) => client.budgets.remove({ id }))
  return EXIT.done
}

function stand({ unit, used, limit, reserved, uncertainCalls, fullest, renews }: BudgetState): string {
  const more = [
    ...(fullest === undefined ? [] : [`most by ${fullest}`]),
    ...(reserved === 0 ? [] : [`${amount(unit, reserved)} of it set aside for running calls`]),
    ...(uncertainCalls === 0 ? [] : [`${uncertainCalls} ${uncertainCalls === 1 ? 'call' : 'calls'} of unknown cost`]),
    ...(renews === undefined ? [] : [`begins anew on ${renews}`]),
  ]
  const share = Math.min(999, Math.floor((used / limit) * 100))
  return [`${amount(unit, used)} used (${share} %)`, ...more].join(', ')
}

const UNITS: Record<string, Budget['unit']> = {
  dollars: 'dollars',
  dollar: 'dollars',
  usd: 'dollars',
  tokens: 'tokens',
  token: 'tokens',
  calls: 'calls',
  call: 'calls',
}
const TIMES: Record<string, number> = { '': 1, k: 1e3, m: 1e6 }

/**
 * A budget in plain words: `month 20 dollars`, `agent:writer 500k tokens --per day`. Exported for its test.
 * @throws UsageError
 */
export function parseBudget(
  what: string,
  size: string,
  unitWord: string,
  per: 'day' | 'month' | undefined,
): Pick<Budget, 'scope' | 'subject' | 'period' | 'unit' | 'limit'> {
  const unit = UNITS[unitWord.toLowerCase()]
  if (!unit) throw new UsageError(`"${unitWord}" is no unit`, 'The units are dollars, tokens and calls.')
  const limit = parseSize(size, unit)
  if (what === 'day' || what === 'month' || what === 'total') {
    if (per) throw new UsageError(`a budget for the ${what} takes no --per`, 'It is for budgets of an agent or a session.')
    return { scope: 'all', period: what, unit, limit }
  }
  const [, scope, subject] = /^(agent|session)(?::(.+))?$/.exec(what) ?? []
  if (scope !== 'agent' && scope !== 'session')
    throw new UsageError(
      `"${what}" is nothing a budget can be for`,
      'It can be for a day, a month, the total, each session or agent, or one: session:ID, agent:NAME.',
    )
  return { scope, ...(subject !== undefined && { subject }), period: per ?? 'total', unit, limit }
}

function parseSize(text: string, unit: Budget['unit']): number {
  const [, digits, times] = /^\$?(\d[\d,_]*(?:\.\d+)?|\.\d+)([km]?)$/i.exec(text) ?? []
  const value = digits === undefined ? 0 : Number(digits.replace(/[,_]/g, '')) * TIMES[times!.toLowerCase()]!
  const limit = Math.round(unit === 'dollars' ? value * 1e6 : value)
  if (limit < 1)
    throw new UsageError(`"${text}" is no amount`, 'Write it as 20, 2.50 or 500k; without a budget nothing is bounded.')
  return limit
}
