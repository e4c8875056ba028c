import { useRef, useState } from 'react'
import type { PolicyRule } from '../../sidecar/contract/index.ts'
import { Considered } from './considered.tsx'
import { ABOUT, type About, type Condition, ruleOf } from './rule-draft.ts'

const EFFECTS = { allow: 'Allow', ask: 'Ask before', deny: 'Deny' } as const
const FIRST: Condition = { about: 'program', pattern: '' }

/** Writes a rule of one or more conditions: first what it would have meant for the past week, then the rule itself. */
export function NewRule({ onAdd }: { onAdd(rule: PolicyRule): Promise<boolean> }) {
  const [effect, setEffect] = useState<PolicyRule['effect']>('ask')
  const [conditions, setConditions] = useState<readonly Condition[]>([FIRST])
  const [reason, setReason] = useState('')
  /** What was written when the person last asked what it would change. */
  const [considered, setConsidered] = useState<string>()
  const form = useRef<HTMLFormElement>(null)
  const rule = ruleOf(effect, conditions, reason)
  const written = JSON.stringify(rule)
  const left = (Object.keys(ABOUT) as About[]).filter((about) => conditions.every((one) => one.about !== about))
  const toBeginning = () => form.current?.querySelector('select')?.focus()
  const save = async (made: PolicyRule) => {
    if (!(await onAdd(made))) return
    setConditions([FIRST])
    setReason('')
    setConsidered(undefined)
    toBeginning()
  }
  return (
    <form
      ref={form}
      aria-label="New rule"
      className="flex flex-wrap items-center gap-1.5 text-[13px]"
      onSubmit={(event) => {
        event.preventDefault()
        if (rule) setConsidered(written)
      }}
    >
      <div className="flex w-full items-center gap-1.5">
        <h3 className="font-medium">New rule:</h3>
        <Choice label="Effect" value={effect} options={EFFECTS} onChange={(next) => setEffect(next)} />
        <span className="text-soft">what fits {conditions.length > 1 ? 'all of these' : 'this'}</span>
      </div>
      {conditions.map((condition, at) => (
        <Row
          key={condition.about}
          condition={condition}
          free={left}
          onChange={(next) => setConditions(conditions.with(at, next))}
          onRemove={
            conditions.length > 1
              ? () => {
                  setConditions(conditions.toSpliced(at, 1))
                  toBeginning()
                }
              : undefined
          }
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
        See what it changes
      </button>
      {rule && considered === written && (
        <Considered
          key={written}
          change={{ add: [rule] }}
          action="Save rule"
          onAct={() => save(rule)}
          onCancel={() => {
            setConsidered(undefined)
            toBeginning()
          }}
        />
      )}
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
    <div className="flex w-full flex-wrap items-center gap-1.5">
      <Choice
        label="About"
        value={about}
        options={options as Record<About, string>}
        onChange={(next) => onChange({ about: next, pattern })}
      />
      <input
        aria-label="Pattern"
        placeholder="Pattern: * within a name, ** over folders"
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
