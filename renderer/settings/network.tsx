import { useState } from 'react'
import type { AllowedHost, Client } from '../../sidecar/contract/index.ts'
import { carryOut } from './carry-out.ts'
import { Asking, Problem, Section } from './section.tsx'
import { useAnswer } from './use-answer.ts'

const ask = (client: Client) => client.hosts.list()

/** What agents may reach outside. Everything else is refused, and asked where somebody is there. */
export function Network() {
  const [answer, again] = useAnswer(ask)
  const [host, setHost] = useState('')
  const add = async () => {
    if (await carryOut(again, (client) => client.hosts.allow({ host: host.trim() }))) setHost('')
  }
  return (
    <Section
      title="Network"
      note="The hosts that agents and their commands may reach. A host alone stands for the web (ports 80 and 443); a service on this computer or its networks is named with its port, and methods before a host (GET,HEAD example.com) are the only ones let out to it."
    >
      {answer.state === 'asking' && <Asking />}
      {answer.state === 'failed' && <Problem words={answer.words} />}
      {answer.state === 'answered' && (
        <>
          {answer.value.hosts.length > 0 && (
            <ul className="mb-2 rounded-lg border border-line">
              {answer.value.hosts.map((allowed) => (
                <Row
                  key={allowed.id ?? `settings ${allowed.host}`}
                  allowed={allowed}
                  path={answer.value.path}
                  onRemove={(id) => carryOut(again, (client) => client.hosts.remove({ id }))}
                />
              ))}
            </ul>
          )}
          <form
            aria-label="Allow a host"
            className="flex items-center gap-1.5"
            onSubmit={(event) => {
              event.preventDefault()
              void add()
            }}
          >
            <input
              aria-label="Host"
              placeholder="example.com, *.example.com or localhost:11434"
              className="field mono h-7 min-w-40 flex-1 py-0"
              value={host}
              maxLength={300}
              spellCheck={false}
              autoCapitalize="off"
              onChange={(event) => setHost(event.target.value)}
            />
            <button type="submit" className="button" disabled={host.trim() === ''}>
              Allow host
            </button>
          </form>
        </>
      )}
    </Section>
  )
}

function Row({ allowed, path, onRemove }: { allowed: AllowedHost; path: string; onRemove(id: number): void }) {
  const { id, host, scope, workspace } = allowed
  const where = scope === 'everywhere' ? '' : scope === 'workspace' ? `in ${workspace}` : 'in one session'
  return (
    <li className="flex items-center gap-3 border-line px-3 py-1.5 text-[13px] not-first:border-t">
      <span className="mono min-w-0 flex-1 truncate">{host}</span>
      <span className="min-w-0 truncate text-soft" title={id === undefined ? path : workspace}>
        {id === undefined ? 'in the settings' : where}
      </span>
      {id !== undefined && (
        <button type="button" className="button" aria-label={`Remove the host ${host}`} onClick={() => onRemove(id)}>
          Remove
        </button>
      )}
    </li>
  )
}
