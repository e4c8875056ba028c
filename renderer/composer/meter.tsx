import { Popover } from '@base-ui/react/popover'
import clsx from 'clsx'
import { useEffect, useState } from 'react'
import {
  amount,
  type BudgetState,
  budgetTitle,
  dollars,
  type SessionId,
  spent,
  type Usage,
} from '../../sidecar/contract/index.ts'
import { useConnection } from '../stores/connection.ts'
import { useModels } from '../stores/models.ts'
import { useOpen } from '../stores/open-session.ts'
import { useUi } from '../stores/ui.ts'
import { compact } from '../ui/format.ts'
import { BudgetBar } from '../usage/budget-bar.tsx'
import { fullness } from '../usage/budgets.ts'

/** The window of a model is nearly full from this share on. */
const NEARLY = 0.8
const RADIUS = 6
const ROUND = 2 * Math.PI * RADIUS

/** How much of the model's window the conversation takes, and what it has cost. Warns where one of them, or a budget, runs low. */
export function Meter({ sessionId }: { sessionId: SessionId }) {
  const model = useOpen((store) => store.view?.summary.model ?? '')
  const usage = useOpen((store) => store.view?.usage)
  const taken = useOpen((store) => store.view?.contextTokens)
  const costMicros = useOpen((store) => store.view?.costMicros ?? 0)
  const unpricedCalls = useOpen((store) => store.view?.unpricedCalls ?? 0)
  const room = useModels((store) => store.models.find((known) => known.ref === model)?.contextTokens)
  const budgets = useSessionBudgets(sessionId)
  if (!usage) return null
  const low = budgets.filter((budget) => fullness(budget) !== 'well')
  if (taken === undefined && costMicros === 0 && unpricedCalls === 0 && low.length === 0) return null
  const share = taken !== undefined && room !== undefined ? taken / room : undefined
  const cost = costMicros > 0 || unpricedCalls === 0 ? `${dollars(costMicros)}${unpricedCalls > 0 ? '+' : ''}` : undefined
  const warns = low.length > 0 || (share ?? 0) >= NEARLY
  const words = [
    share === undefined ? undefined : `${percent(share)} of the model's window taken`,
    `this session: ${spent({ costMicros, unpricedCalls })}`,
    ...low.map((budget) => `${amount(budget.unit, budget.used)} of ${budgetTitle(budget)} used`),
  ].filter((part) => part !== undefined)
  return (
    <Popover.Root>
      <Popover.Trigger
        data-testid="meter"
        className={clsx('picker shrink-0 tabular-nums', warns && 'text-warn')}
        aria-label={`Use: ${words.join(', ')}`}
        title={words.join('\n')}
      >
        <Ring share={share} />
        {cost && <span className="hidden text-xs sm:inline">{cost}</span>}
      </Popover.Trigger>
      <Popover.Portal>
        <Popover.Positioner side="top" align="end" sideOffset={6} className="z-50">
          <Popover.Popup className="popup flex w-80 flex-col gap-3 p-3 text-[13px]" aria-label="Use of this session">
            <Context taken={taken} room={room} />
            <Cost usage={usage} costMicros={costMicros} unpricedCalls={unpricedCalls} />
            {budgets.map((budget) => (
              <BudgetBar key={budget.id} budget={budget} />
            ))}
            <Popover.Close className="button" onClick={() => useUi.getState().setPane('usage')}>
              Usage and budgets
            </Popover.Close>
          </Popover.Popup>
        </Popover.Positioner>
      </Popover.Portal>
    </Popover.Root>
  )
}

/** The budgets that bound a session, asked for anew when a turn ends. */
function useSessionBudgets(sessionId: SessionId): readonly BudgetState[] {
  const client = useConnection((store) => store.client)
  const ended = useOpen((store) => store.view?.turn?.endedAt)
  const [budgets, setBudgets] = useState<readonly BudgetState[]>([])
  // biome-ignore lint/correctness/useExhaustiveDependencies: the end of a turn asks again
  useEffect(() => {
    let current = true
    // Where it fails, the connection state tells; the next turn asks again.
    client?.budgets.list({ sessionId }).then(
      (answer) => current && setBudgets(answer.budgets),
      () => {},
    )
    return () => {
      current = false
    }
  }, [client, sessionId, ended])
  return budgets
}

function Context({ taken = 0, room }: { taken: number | undefined; room: number | undefined }) {
  const share = room === undefined ? undefined : taken / room
  return (
    <div>
      <p className="flex justify-between gap-3">
        <span className="font-medium">Context</span>
        <span className={clsx('tabular-nums', (share ?? 0) >= NEARLY ? 'text-warn' : 'text-soft')}>
          {compact(taken)} {room === undefined ? 'tokens' : `of ${compact(room)} tokens (${percent(taken / room)})`}
        </span>
      </p>
      <p className="text-faint">
        {room === undefined
          ? 'The window of this model is not known.'
          : 'What the newest call took of the model’s window. When it is full, the oldest is left out.'}
      </p>
    </div>
  )
}

function Cost({ usage, ...sum }: { usage: Usage; costMicros: number; unpricedCalls: number }) {
  return (
    <div>
      <p className="flex justify-between gap-3">
        <span className="font-medium">This session</span>
        <span className="text-right text-soft">{spent(sum)}</span>
      </p>
      <p className="tabular-nums text-faint">
        {(usage.input + usage.cacheRead + usage.cacheWrite).toLocaleString()} tokens in ({usage.cacheRead.toLocaleString()} from
        cache), {usage.output.toLocaleString()} out
      </p>
    </div>
  )
}

function Ring({ share }: { share: number | undefined }) {
  return (
    <svg width={16} height={16} viewBox="0 0 16 16" aria-hidden className="-rotate-90">
      <title>Context</title>
      <circle cx={8} cy={8} r={RADIUS} fill="none" stroke="currentColor" strokeWidth={2.5} opacity={0.25} />
      {share !== undefined && share > 0 && (
        <circle
          cx={8}
          cy={8}
          r={RADIUS}
          fill="none"
          stroke="currentColor"
          strokeWidth={2.5}
          strokeDasharray={`${Math.min(1, share) * ROUND} ${ROUND}`}
        />
      )}
    </svg>
  )
}

const percent = (share: number): string => `${Math.min(999, Math.floor(share * 100))} %`
