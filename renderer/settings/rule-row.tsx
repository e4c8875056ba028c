import { useState } from 'react'
import { type PlacedRule, ruleInWords, type Simulation, visible } from '../../sidecar/contract/index.ts'
import { attempt } from '../actions.ts'
import { online } from '../stores/connection.ts'
import { Simulated } from './simulated.tsx'

/** A rule, and the way to take it back: first what that would have meant, then the removal. */
export function RuleRow({ placed: { rule, index }, onRemove }: { placed: PlacedRule; onRemove(): void }) {
  const [found, setFound] = useState<Simulation>()
  const words = visible(ruleInWords(rule))
  const look = async () => setFound(await attempt(() => online().policy.simulate({ remove: [index] })))
  return (
    <li className="flex flex-col gap-1.5 border-line px-3 py-1.5 text-[13px] not-first:border-t">
      <div className="flex items-center gap-3">
        <span className={`mono min-w-0 flex-1 [overflow-wrap:anywhere] ${rule.effect === 'deny' ? 'text-bad' : ''}`}>
          {words}
        </span>
        {!found && (
          <button type="button" className="button" aria-label={`Remove the rule: ${words}`} onClick={look}>
            Remove
          </button>
        )}
      </div>
      {found && (
        <div className="flex flex-wrap items-center gap-1.5">
          <Simulated found={found} />
          <button type="button" className="button text-bad" onClick={onRemove}>
            Remove rule
          </button>
          <button type="button" className="button" onClick={() => setFound(undefined)}>
            Keep
          </button>
        </div>
      )}
    </li>
  )
}
