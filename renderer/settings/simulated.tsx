import { useState } from 'react'
import {
  type Client,
  type PolicyRule,
  type Role,
  simulationInWords,
  unjudgedInWords,
  visible,
} from '../../sidecar/contract/index.ts'
import { Asking, Problem } from './section.tsx'
import { useAnswer } from './use-answer.ts'

const MOST_EXAMPLES = 5

/** A change of what agents may do; rules that go are named by their places. */
export interface Change {
  add?: PolicyRule[]
  remove?: number[]
  role?: Role
}

interface SimulatedParts {
  /** Looked at once: another change needs another key. */
  change: Change
  onAnswered?(): void
}

/** What a change would have meant for the past week. */
export function Simulated({ change, onAnswered }: SimulatedParts) {
  const [ask] = useState(() => async (client: Client) => {
    const found = await client.policy.simulate(change)
    onAnswered?.()
    return found
  })
  const [answer] = useAnswer(ask)
  if (answer.state === 'asking') return <Asking />
  if (answer.state === 'failed') return <Problem words={answer.words} />
  return (
    <div data-testid="simulation" role="status" className="w-full text-[13px]">
      <p className="text-soft">{simulationInWords(answer.value)}</p>
      <ul>
        {answer.value.examples.slice(0, MOST_EXAMPLES).map(({ at, title, before, after }) => (
          <li key={`${at} ${title}`} className="truncate" title={visible(title)}>
            {before} → {after}: <span className="mono">{visible(title)}</span>
          </li>
        ))}
      </ul>
      {unjudgedInWords(answer.value).map((line) => (
        <p key={line} className="text-soft">
          {line}
        </p>
      ))}
    </div>
  )
}
