import type { Client } from '../../sidecar/contract/index.ts'
import { carryOut } from './carry-out.ts'
import { Asking, Problem, Section } from './section.tsx'
import { useAnswer } from './use-answer.ts'

const ask = (client: Client) => client.approvals.grants()

/** Every standing yes, and the way to take it back. */
export function Grants() {
  const [answer, again] = useAnswer(ask)
  return (
    <Section title="Always allowed" note="What you answered with “Always”. It holds for the folder it was given in.">
      {answer.state === 'asking' && <Asking />}
      {answer.state === 'failed' && <Problem words={answer.words} />}
      {answer.state === 'answered' && answer.value.grants.length === 0 && (
        <p className="text-[13px] text-soft">Nothing so far.</p>
      )}
      {answer.state === 'answered' && answer.value.grants.length > 0 && (
        <ul className="rounded-lg border border-line">
          {answer.value.grants.map((grant) => (
            <li key={grant.id} className="flex items-center gap-3 border-line px-3 py-1.5 text-[13px] not-first:border-t">
              <span className="mono shrink-0">{grant.subject || grant.tier}</span>
              <span className="min-w-0 flex-1 truncate text-soft" title={grant.workspace}>
                {grant.workspace}
              </span>
              <span className="shrink-0 text-xs text-faint">{new Date(grant.grantedAt).toLocaleDateString()}</span>
              <button
                type="button"
                className="button"
                aria-label={`Revoke ${grant.subject || grant.tier} in ${grant.workspace}`}
                onClick={() => carryOut(again, (client) => client.approvals.revoke({ id: grant.id }))}
              >
                Revoke
              </button>
            </li>
          ))}
        </ul>
      )}
    </Section>
  )
}
