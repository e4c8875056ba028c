import type { Client } from '../../sidecar/contract/index.ts'
import { inWords } from '../connection/words.ts'
import { online } from '../stores/connection.ts'
import { useNotices } from '../stores/notices.ts'
import { AgentRole } from './agent-role.tsx'
import { NewRule } from './new-rule.tsx'
import { RuleRow } from './rule-row.tsx'
import { Asking, Problem, Section } from './section.tsx'
import { useAnswer } from './use-answer.ts'

const ask = (client: Client) => client.policy.rules({})

/** What agents may do without asking, and never: the rules of this Oxbow, and the role that bounds them all. */
export function Rules() {
  const [answer, again] = useAnswer(ask)
  const carryOut = async (work: (client: Client) => Promise<unknown>): Promise<boolean> => {
    try {
      await work(online())
      again()
      return true
    } catch (error) {
      useNotices.getState().add(inWords(error))
      return false
    }
  }
  return (
    <Section
      title="Rules"
      note="A deny wins, then the rule that names a call most closely. Dangerous commands are asked whatever is allowed. What a change would have meant is shown before it is made."
    >
      <AgentRole />
      {answer.state === 'asking' && <Asking />}
      {answer.state === 'failed' && <Problem words={answer.words} />}
      {answer.state === 'answered' && (
        <>
          {answer.value.rules.length > 0 && (
            <ul className="mb-2 rounded-lg border border-line">
              {answer.value.rules.map((placed) => (
                <RuleRow
                  key={`${placed.index} ${JSON.stringify(placed.rule)}`}
                  placed={placed}
                  onRemove={() => carryOut((client) => client.policy.remove({ index: placed.index }))}
                />
              ))}
            </ul>
          )}
          <NewRule onAdd={(rule) => carryOut((client) => client.policy.add(rule))} />
        </>
      )}
    </Section>
  )
}
