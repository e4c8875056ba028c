import { useState } from 'react'
import type { Client, NamedSecret } from '../../sidecar/contract/index.ts'
import { carryOut } from './carry-out.ts'
import { Asking, Problem, Section } from './section.tsx'
import { useAnswer } from './use-answer.ts'

const ask = (client: Client) => client.secrets.list()

const PLACES: Record<NamedSecret['place'], string> = {
  keychain: 'in the keychain',
  secrets: 'in secrets.toml',
  locked: 'in a keychain that is closed here',
  missing: 'its value is gone',
}

/** Values that agents use by name. A value goes from this form to the sidecar, and never comes back. */
export function Secrets() {
  const [answer, again] = useAnswer(ask)
  return (
    <Section
      title="Secrets"
      note="An agent writes {{secret:name}} in a header. Oxbow puts the value in on the way out, for the hosts named here only; neither agent nor command sees it."
    >
      {answer.state === 'asking' && <Asking />}
      {answer.state === 'failed' && <Problem words={answer.words} />}
      {answer.state === 'answered' && (
        <>
          {answer.value.secrets.length > 0 && (
            <ul className="mb-2 rounded-lg border border-line">
              {answer.value.secrets.map(({ name, hosts, place }) => (
                <li key={name} className="flex items-center gap-3 border-line px-3 py-1.5 text-[13px] not-first:border-t">
                  <span className="mono">{name}</span>
                  <span className="mono min-w-0 flex-1 truncate text-soft" title={hosts.join(', ')}>
                    {hosts.join(', ')}
                  </span>
                  <span className={place === 'missing' ? 'text-bad' : 'text-faint'}>{PLACES[place]}</span>
                  <button
                    type="button"
                    className="button"
                    aria-label={`Forget the secret ${name}`}
                    onClick={() => void carryOut(again, (client) => client.secrets.remove({ name }))}
                  >
                    Forget
                  </button>
                </li>
              ))}
            </ul>
          )}
          <NewSecret onKeep={(secret) => carryOut(again, (client) => client.secrets.set(secret))} />
          {answer.value.warning && <p className="mt-2 text-[12px] text-faint">{answer.value.warning}</p>}
        </>
      )}
    </Section>
  )
}

function NewSecret({ onKeep }: { onKeep(secret: { name: string; value: string; hosts: string[] }): Promise<boolean> }) {
  const [name, setName] = useState('')
  const [value, setValue] = useState('')
  const [hosts, setHosts] = useState('')
  const named = hosts.split(/[\s,]+/).filter(Boolean)
  const keep = async () => {
    if (!(await onKeep({ name: name.trim(), value, hosts: named }))) return
    setName('')
    setValue('')
    setHosts('')
  }
  return (
    <form
      aria-label="Keep a secret"
      className="flex flex-wrap items-center gap-1.5"
      onSubmit={(event) => {
        event.preventDefault()
        void keep()
      }}
    >
      <input
        aria-label="Name of the secret"
        placeholder="Name: github"
        className="field mono h-7 w-32 py-0"
        value={name}
        maxLength={50}
        spellCheck={false}
        autoCapitalize="off"
        onChange={(event) => setName(event.target.value)}
      />
      <input
        aria-label="Value of the secret"
        placeholder="Value"
        type="password"
        autoComplete="off"
        className="field mono h-7 w-40 py-0"
        value={value}
        maxLength={4096}
        onChange={(event) => setValue(event.target.value)}
      />
      <input
        aria-label="Hosts it may go to"
        placeholder="Hosts: api.github.com"
        className="field mono h-7 min-w-40 flex-1 py-0"
        value={hosts}
        maxLength={2000}
        spellCheck={false}
        autoCapitalize="off"
        onChange={(event) => setHosts(event.target.value)}
      />
      <button type="submit" className="button" disabled={name.trim() === '' || value === '' || named.length === 0}>
        Keep secret
      </button>
    </form>
  )
}
