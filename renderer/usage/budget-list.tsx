import { Plus } from 'lucide-react'
import { useEffect, useState } from 'react'
import { amount, type BudgetState, budgetTitle, type Client } from '../../sidecar/contract/index.ts'
import { inWords } from '../connection/words.ts'
import { Asking, Problem, Section } from '../settings/section.tsx'
import { online, useConnection } from '../stores/connection.ts'
import { useNotices } from '../stores/notices.ts'
import { useSessions } from '../stores/sessions.ts'
import { BudgetBar } from './budget-bar.tsx'
import { BudgetForm } from './budget-form.tsx'
import { useBudgets } from './budgets.ts'

/** What agents may spend: how each budget stands, and the ways to change it. */
export function BudgetList() {
  const { budgets, failure } = useBudgets()
  const client = useConnection((store) => store.client)
  const [adding, setAdding] = useState(false)
  useEffect(() => {
    if (client) void useBudgets.getState().load()
  }, [client])
  const action = !adding && (
    <button type="button" className="button" onClick={() => setAdding(true)}>
      <Plus size={14} aria-hidden /> New budget
    </button>
  )
  return (
    <Section title="Budgets" action={action}>
      {failure && <Problem words={failure} />}
      {!budgets && !failure && <Asking />}
      {adding && (
        <div className="mb-2">
          <BudgetForm
            onDone={() => {
              setAdding(false)
              void useBudgets.getState().load()
            }}
          />
        </div>
      )}
      {budgets?.length === 0 && !adding && (
        <p className="text-[13px] text-soft">
          No budget is set, so agents may use as much as your providers let them. A budget is held against every call before it is
          made: at 80 % you are warned, and a call that does not fit any more ends its turn.
        </p>
      )}
      {budgets && budgets.length > 0 && (
        <ul className="rounded-lg border border-line">
          {budgets.map((budget) => (
            <BudgetRow key={budget.id} budget={budget} />
          ))}
        </ul>
      )}
    </Section>
  )
}

function BudgetRow({ budget }: { budget: BudgetState }) {
  const [editing, setEditing] = useState(false)
  const title = useTitle(budget)
  const change = async (ask: (client: Client) => Promise<unknown>) => {
    try {
      await ask(online())
    } catch (error) {
      useNotices.getState().add(inWords(error))
    }
    await useBudgets.getState().load()
  }
  const button = (name: string, act: () => void) => (
    <button type="button" className="button" aria-label={`${name}: ${title}`} onClick={act}>
      {name}
    </button>
  )
  return (
    <li className="flex flex-col gap-2 border-line px-3 py-2.5 not-first:border-t">
      <BudgetBar budget={budget} title={title} />
      <div className="flex flex-wrap items-center gap-1.5">
        <p className="min-w-0 flex-1 basis-48 text-xs text-faint">{useDetail(budget)}</p>
        <span className="flex gap-1.5">
          {button('Change', () => setEditing(true))}
          {button('Count anew', () => void change((client) => client.budgets.reset({ id: budget.id })))}
          {button('Remove', () => void change((client) => client.budgets.remove({ id: budget.id })))}
        </span>
      </div>
      {editing && (
        <BudgetForm
          budget={budget}
          onDone={() => {
            setEditing(false)
            void useBudgets.getState().load()
          }}
        />
      )}
    </li>
  )
}

/** Sessions by their titles rather than their ids. */
function useTitle(budget: BudgetState): string {
  const name = useSessionName(budget.scope === 'session' ? budget.subject : undefined)
  return budgetTitle(name === undefined ? budget : { ...budget, subject: `“${name}”` })
}

function useDetail({ scope, unit, reserved, uncertainCalls, fullest, renews, unpriced }: BudgetState): string {
  const name = useSessionName(scope === 'session' ? fullest : undefined)
  const parts = [
    ...(fullest === undefined ? [] : [`Most by ${name === undefined ? fullest : `“${name}”`}`]),
    ...(reserved === 0 ? [] : [`${amount(unit, reserved)} set aside for running calls`]),
    ...(uncertainCalls === 0 ? [] : [`${uncertainCalls} ${uncertainCalls === 1 ? 'call' : 'calls'} of unknown cost`]),
    ...(unit === 'dollars' && unpriced === 'allow' ? ['calls of unknown price pass'] : []),
    ...(renews === undefined
      ? []
      : [`begins anew on ${new Date(`${renews}T00:00`).toLocaleDateString(undefined, { day: 'numeric', month: 'long' })}`]),
  ]
  return parts.join(' · ')
}

const useSessionName = (id: string | undefined): string | undefined =>
  useSessions((store) => store.rows.find((row) => row.id === id)?.title || undefined)
