import clsx from 'clsx'
import { amount, type BudgetState, budgetTitle } from '../../sidecar/contract/index.ts'
import { fullness } from './budgets.ts'

const COLORS = { well: 'bg-accent', nearly: 'bg-warn', used: 'bg-bad' }
const TEXT = { well: 'text-soft', nearly: 'text-warn', used: 'text-bad' }

/** How much of a budget is used, as a bar with its words. @param title in place of the budget's own words */
export function BudgetBar({ budget, title = budgetTitle(budget) }: { budget: BudgetState; title?: string }) {
  const { unit, used, limit } = budget
  const share = Math.floor((used / limit) * 100)
  const full = fullness(budget)
  return (
    <div>
      <div className="flex flex-wrap items-baseline justify-between gap-x-3 text-[13px]">
        <span className="font-medium">{title}</span>
        <span className={clsx('tabular-nums', TEXT[full])}>
          {amount(unit, used)} used ({share} %)
        </span>
      </div>
      <meter className="sr-only" aria-label={title} value={Math.min(used, limit)} max={limit}>
        {share} %
      </meter>
      <div className="mt-1 h-1.5 overflow-hidden rounded-full bg-hover" aria-hidden>
        <div className={clsx('h-full rounded-full', COLORS[full])} style={{ width: `${Math.min(share, 100)}%` }} />
      </div>
    </div>
  )
}
