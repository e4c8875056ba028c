import { useState } from 'react'
import type { PolicyRule, Simulation } from '../../sidecar/contract/index.ts'
import { attempt } from '../actions.ts'
import { online } from '../stores/connection.ts'
import { ABOUT, type About, type Condition, ruleOf } from './rule-draft.ts'
import { Simulated } from './simulated.tsx'

const EFFECTS = { allow: 'Allow', ask: 'Ask', deny: 'Deny' } as const
const FIRST: Condition = { about: 'program', pattern: '' }

/** Writes a rule of one or more conditions: first what it would have meant for the past week, then the rule itself. */
export function NewRule({ onAdd }: { onAdd(rule: PolicyRule): Promise<boolean> }) {
  const [effect, setEffect] = useState<PolicyRule['effect']>('ask')
  const [conditions, setConditions] = useState<readonly Condition[]>([FIRST])
  const [reason, setReason] = useState('')
  const [simulation, setSimulation] = useState<{ of: string; found: Simulation }>()
  const rule = ruleOf(effect, conditions, reason)
  const looked = simulation && simulation.of === JSON.stringify(rule) ? simulation.found : undefined
  const left = (Object.keys(ABOUT) as About[]).filter((about) => conditions.every((one) => one.about !== about))
  const add = async () => {
    if (!rule) return
    if (!looked) {
      const found = await attempt(() => online().policy.simulate({ add: [rule] }))
      if (found) setSimulation({ of: JSON.stringify(rule), found })
    } else if (await onAdd(rule)) {
      setConditions([FIRST])
      setReason('')
      setSimulation(undefined)
    }
  }
  return (
    <form
      aria-label="New rule"
      className="flex flex-wrap items-center gap-1.5"
      onSubmit={(event) => {
        event.preventDefault()
        void add()
      }}
    >
      <Choice label="Effect" value={effect} options={EFFECTS} onChange={(next) => setEffect(next)} />
      {conditions.map((condition, at) => (
        <Row
          key={condition.about}
          condition={condition}
          free={left}
          onChange={(next) => setConditions(conditions.with(at, next))}
          onRemove={conditions.length > 1 ? () => setConditions(conditions.toSpliced(at, 1)) : undefined}
        />
      ))}
      <input
        aria-label="Reason"
        placeholder="Reason, shown when it decides (optional)"
        className="field h-7 min-w-40 flex-1 py-0"
        value={reason}
        maxLength={300}
        onChange={(event) => setReason(event.target.value)}
      />
      {left[0] !== undefined && (
        <button type="button" className="button" onClick={() => setConditions([...conditions, { about: left[0]!, pattern: '' }])}>
          And…
        </button>
      )}
      <button type="submit" className="button" disabled={!rule}>
        {looked ? 'Save rule' : 'Add rule…'}
      </button>
      {looked && <Simulated found={looked} />}
    </form>
  )
}

interface RowParts {
  condition: Condition
  /** What no other condition is about. */
  free: readonly About[]
  onChange(condition: Condition): void
  onRemove: (() => void) | undefined
}

function Row({ condition: { about, pattern }, free, onChange, onRemove }: RowParts) {
  const options = Object.fromEntries(Object.entries(ABOUT).filter(([key]) => key === about || free.includes(key as About)))
  return (
    <div className="flex w-full items-center gap-1.5">
      <Choice
        label="About"
        value={about}
        options={options as Record<About, string>}
        onChange={(next) => onChange({ about: next, pattern })}
      />
      <input
        aria-label="Pattern"
        placeholder={about === 'amount' ? '0.50' : 'Pattern: * within a name, ** over folders'}
        className="field mono h-7 min-w-40 flex-1 py-0"
        value={pattern}
        maxLength={300}
        onChange={(event) => onChange({ about, pattern: event.target.value })}
      />
      {onRemove && (
        <button type="button" className="button" aria-label={`Remove the condition on its ${about}`} onClick={onRemove}>
          Remove
        </button>
      )}
    </div>
  )
}

interface ChoiceParts<T extends string> {
  label: string
  value: T
  options: Record<T, string>
  onChange(value: T): void
}

function Choice<T extends string>({ label, value, options, onChange }: ChoiceParts<T>) {
  return (
    <select
      aria-label={label}
      className="field h-7 w-auto py-0"
      value={value}
      onChange={(event) => onChange(event.target.value as T)}
    >
      {Object.entries<string>(options).map(([key, name]) => (
        <option key={key} value={key}>
          {name}
        </option>
      ))}
    </select>
  )
}
