import { useRef, useState } from 'react'
import { type PolicyRule, ruleInWords, visible } from '../../sidecar/contract/index.ts'
import { Considered } from './considered.tsx'

interface RowParts {
  rule: PolicyRule
  /** Its place in the list. */
  index: number
  onRemove(): Promise<unknown>
}

/** A rule, and the way to take it back: first what that would have meant, then the removal. */
export function RuleRow({ rule, index, onRemove }: RowParts) {
  const [going, setGoing] = useState(false)
  const remove = useRef<HTMLButtonElement>(null)
  const words = visible(ruleInWords(rule))
  return (
    <li className="flex flex-col gap-1.5 border-line px-3 py-1.5 text-[13px] not-first:border-t">
      <div className="flex items-center gap-3">
        <span className={`mono min-w-0 flex-1 [overflow-wrap:anywhere] ${rule.effect === 'deny' ? 'text-bad' : ''}`}>
          {words}
        </span>
        <button
          ref={remove}
          type="button"
          className="button"
          aria-expanded={going}
          aria-label={`Remove the rule: ${words}`}
          onClick={() => setGoing(!going)}
        >
          Remove…
        </button>
      </div>
      {going && (
        <Considered
          change={{ remove: [index] }}
          action="Remove rule"
          danger
          onAct={onRemove}
          onCancel={() => {
            setGoing(false)
            remove.current?.focus()
          }}
        />
      )}
    </li>
  )
}
