import type { Client } from '../../sidecar/contract/index.ts'
import { AgentRole } from './agent-role.tsx'
import { carryOut } from './carry-out.ts'
import { NewRule } from './new-rule.tsx'
import { RuleRow } from './rule-row.tsx'
import { Asking, Problem, Section } from './section.tsx'
import { useAnswer } from './use-answer.ts'

const ask = (client: Client) => client.policy.rules({})

/** What agents may do without asking, and never: the rules of this Oxbow, and the role that bounds them all. */
export function Rules() {
  const [answer, again] = useAnswer(ask)
  return (
    <Section
      title="Rules"
      note="A rule allows, asks before or denies what agents do. A deny wins, then the rule that names a call most closely; what no rule names is up to the mode of the session. Dangerous commands are asked whatever is allowed."
    >
      <AgentRole />
      {answer.state === 'asking' && <Asking />}
      {answer.state === 'failed' && <Problem words={answer.words} />}
      {answer.state === 'answered' && (
        <>
          {answer.value.rules.length > 0 ? (
            <ul className="mb-3 rounded-lg border border-line">
              {answer.value.rules.map(({ rule, index }) => (
                <RuleRow
                  key={`${index} ${JSON.stringify(rule)}`}
                  rule={rule}
                  index={index}
                  onRemove={() => carryOut(again, (client) => client.policy.remove({ index, rule }))}
                />
              ))}
            </ul>
          ) : (
            <p className="mb-3 text-[13px] text-soft">No rules so far.</p>
          )}
          <NewRule onAdd={(rule) => carryOut(again, (client) => client.policy.add(rule))} />
        </>
      )}
    </Section>
  )
}
