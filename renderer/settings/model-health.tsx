import type { Client, ModelHealth as Health } from '../../sidecar/contract/index.ts'
import { Asking, Problem, Section } from './section.tsx'
import { useAnswer } from './use-answer.ts'

const ask = (client: Client) => client.models.health()

const STATES = {
  closed: 'answers',
  open: 'left alone after failures',
  halfOpen: 'on probation after failures',
} as const

/** The models that were called since the start: whether they answer, and what their vendors still let the account do. */
export function ModelHealth() {
  const [answer, again] = useAnswer(ask)
  const refresh = (
    <button type="button" className="button" onClick={again}>
      Look again
    </button>
  )
  return (
    <Section title="Models in use" note="Called since Oxbow started." action={refresh}>
      {answer.state === 'asking' && <Asking />}
      {answer.state === 'failed' && <Problem words={answer.words} />}
      {answer.state === 'answered' && answer.value.models.length === 0 && <p className="text-[13px] text-soft">None so far.</p>}
      {answer.state === 'answered' && answer.value.models.length > 0 && (
        <ul className="rounded-lg border border-line">
          {answer.value.models.map((health) => (
            <Row key={health.model} health={health} />
          ))}
        </ul>
      )}
    </Section>
  )
}

function Row({ health: { model, state, restMs, requests, tokens } }: { health: Health }) {
  return (
    <li className="flex flex-wrap items-center gap-x-3 border-line px-3 py-1.5 text-[13px] not-first:border-t">
      <span className="mono min-w-0 flex-1 truncate">{model}</span>
      <span className={state === 'closed' ? 'text-soft' : 'text-warn'}>
        {STATES[state]}
        {state === 'open' && `, for ${Math.ceil(restMs / 1000)} s yet`}
      </span>
      {requests && <Left what="requests" {...requests} />}
      {tokens && <Left what="tokens" {...tokens} />}
    </li>
  )
}

function Left({ what, remaining, limit, resetInMs }: { what: string } & NonNullable<Health['requests']>) {
  const full = resetInMs === undefined ? '' : `, full in ${Math.ceil(resetInMs / 1000)} s`
  return (
    <span className="shrink-0 text-xs text-faint">
      {remaining.toLocaleString()}
      {limit !== undefined && ` of ${limit.toLocaleString()}`} {what} left{full}
    </span>
  )
}
