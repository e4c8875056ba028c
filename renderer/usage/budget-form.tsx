import { type FormEvent, useId, useState } from 'react'
import type { BudgetPeriod, BudgetScope, BudgetState, BudgetUnit } from '../../sidecar/contract/index.ts'
import { inWords, type Words } from '../connection/words.ts'
import { Problem } from '../settings/section.tsx'
import { online } from '../stores/connection.ts'
import { useOpen } from '../stores/open-session.ts'

/** Whom a budget is for, as one chooses it. */
type For = 'all' | 'session' | 'thisSession' | 'agent' | 'oneAgent'

/** Sets a budget, or another limit for the one given. */
export function BudgetForm({ budget, onDone }: { budget?: BudgetState; onDone(): void }) {
  const [whom, setWhom] = useState<For>('all')
  const [agent, setAgent] = useState('')
  const [unit, setUnit] = useState<BudgetUnit>(budget?.unit ?? 'dollars')
  const [period, setPeriod] = useState<BudgetPeriod>(budget?.period ?? 'month')
  const [size, setSize] = useState(budget ? String(budget.unit === 'dollars' ? budget.limit / 1e6 : budget.limit) : '')
  const [allow, setAllow] = useState(budget?.unpriced === 'allow')
  const [failure, setFailure] = useState<Words | null>(null)
  const [saving, setSaving] = useState(false)
  const open = useOpen((store) => store.sessionId)
  const id = useId()

  const save = async (event: FormEvent) => {
    event.preventDefault()
    const limit = Math.round(unit === 'dollars' ? Number(size) * 1e6 : Number(size))
    if (!(limit >= 1)) return setFailure({ message: 'How much? Write an amount above zero.' })
    setSaving(true)
    try {
      const bound = budget ?? { ...scopeOf(whom, agent, open), period, unit }
      const { scope, subject } = bound
      const unpriced = allow ? 'allow' : 'refuse'
      await online().budgets.set({ scope, ...(subject && { subject }), period: bound.period, unit: bound.unit, limit, unpriced })
      onDone()
    } catch (error) {
      setFailure(inWords(error))
      setSaving(false)
    }
  }

  return (
    <form
      aria-label={budget ? 'Change the budget' : 'New budget'}
      className="flex flex-col gap-2.5 rounded-lg border border-line p-3"
      onSubmit={save}
    >
      <div className="flex flex-wrap items-end gap-2">
        <Labelled id={`${id}-size`} name="At most">
          <input
            id={`${id}-size`}
            className="field h-8 w-28"
            inputMode="decimal"
            type="number"
            min={0}
            step="any"
            required
            // biome-ignore lint/a11y/noAutofocus: the person has just asked for this form
            autoFocus
            value={size}
            onChange={(event) => setSize(event.target.value)}
          />
        </Labelled>
        {budget ? (
          <span className="leading-8 text-[13px] text-soft">{budget.unit}</span>
        ) : (
          <>
            <Choice id={`${id}-unit`} name="Unit" value={unit} onChoose={setUnit} choices={UNITS} />
            <Choice id={`${id}-period`} name="Begins anew" value={period} onChoose={setPeriod} choices={PERIODS} />
            <Choice
              id={`${id}-whom`}
              name="For"
              value={whom}
              onChoose={setWhom}
              choices={open ? WHOM : WHOM.filter(([value]) => value !== 'thisSession')}
            />
            {whom === 'oneAgent' && (
              <Labelled id={`${id}-agent`} name="Agent">
                <input
                  id={`${id}-agent`}
                  className="field h-8 w-36"
                  required
                  maxLength={100}
                  value={agent}
                  onChange={(event) => setAgent(event.target.value)}
                />
              </Labelled>
            )}
          </>
        )}
        <span className="flex-1" />
        <button type="button" className="button" onClick={onDone}>
          Cancel
        </button>
        <button type="submit" className="button button-primary" disabled={saving}>
          {budget ? 'Save' : 'Set budget'}
        </button>
      </div>
      {unit === 'dollars' && (
        <label className="flex items-start gap-2 text-[13px] text-soft">
          <input
            type="checkbox"
            className="mt-1 accent-accent"
            checked={allow}
            onChange={(event) => setAllow(event.target.checked)}
          />
          Let calls of unknown price through. They are not counted, so more may be spent than the budget allows.
        </label>
      )}
      {failure && <Problem words={failure} />}
    </form>
  )
}

const UNITS: [BudgetUnit, string][] = [
  ['dollars', 'dollars'],
  ['tokens', 'tokens'],
  ['calls', 'calls'],
]
const PERIODS: [BudgetPeriod, string][] = [
  ['day', 'each day'],
  ['month', 'each month'],
  ['total', 'never'],
]
const WHOM: [For, string][] = [
  ['all', 'everything'],
  ['thisSession', 'the open session'],
  ['session', 'each session'],
  ['agent', 'each agent'],
  ['oneAgent', 'one agent'],
]

function scopeOf(whom: For, agent: string, open: string | null): { scope: BudgetScope; subject?: string } {
  if (whom === 'oneAgent') return { scope: 'agent', subject: agent.trim() }
  if (whom === 'thisSession') return { scope: 'session', ...(open && { subject: open }) }
  return { scope: whom }
}

function Labelled({ id, name, children }: { id: string; name: string; children: React.ReactNode }) {
  return (
    <div>
      <label htmlFor={id} className="mb-0.5 block text-xs text-faint">
        {name}
      </label>
      {children}
    </div>
  )
}

interface ChoiceProps<T extends string> {
  id: string
  name: string
  value: T
  choices: readonly (readonly [T, string])[]
  onChoose(value: NoInfer<T>): void
}

function Choice<T extends string>({ id, name, value, choices, onChoose }: ChoiceProps<T>) {
  return (
    <Labelled id={id} name={name}>
      <select id={id} className="field h-8 w-auto" value={value} onChange={(event) => onChoose(event.target.value as T)}>
        {choices.map(([choice, words]) => (
          <option key={choice} value={choice}>
            {words}
          </option>
        ))}
      </select>
    </Labelled>
  )
}
