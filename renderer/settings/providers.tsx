import { Check as CheckIcon, CircleAlert } from 'lucide-react'
import { useState } from 'react'
import type { Client, KeyPlace, ProviderInfo } from '../../sidecar/contract/index.ts'
import { attempt } from '../actions.ts'
import { inWords, type Words } from '../connection/words.ts'
import { online } from '../stores/connection.ts'
import { useModels } from '../stores/models.ts'
import { ProviderForm } from './provider-form.tsx'
import { Asking, Problem } from './section.tsx'
import { useAnswer } from './use-answer.ts'

const ask = (client: Client) => client.providers.list()

const KEY_IS: Readonly<Record<KeyPlace, string>> = {
  keychain: 'key in the keychain',
  secrets: 'key in secrets.toml',
  config: 'key in the configuration',
  environment: 'key in the environment',
  locked: 'key cannot be read',
}

/** What a trial call said, by provider. */
type Trials = Readonly<Record<string, 'trying' | { ok: boolean; words: Words }>>

/** Who serves models here: add one with its key, try it, remove it. */
export function Providers() {
  const [answer, again] = useAnswer(ask)
  const [form, setForm] = useState<{ id?: string } | null>(null)
  const [trials, setTrials] = useState<Trials>({})
  const note = (id: string, trial: Trials[string]) => setTrials((before) => ({ ...before, [id]: trial }))

  const tryOut = async (id: string) => {
    note(id, 'trying')
    try {
      const { ok, model, durationMs, failure } = await online().providers.test({ id })
      const message = ok
        ? `${model} answered in ${(durationMs / 1000).toFixed(1)} s.`
        : (failure?.message ?? 'It did not answer.')
      note(id, { ok, words: { message, ...(failure?.hint && { hint: failure.hint }) } })
    } catch (error) {
      note(id, { ok: false, words: inWords(error) })
    }
  }
  const changed = () => {
    again()
    void useModels.getState().load()
  }
  const remove = async (id: string) => {
    await attempt(() => online().providers.remove({ id }))
    setTrials(({ [id]: _, ...rest }) => rest)
    changed()
  }
  const added = (id: string) => {
    setForm(null)
    changed()
    void tryOut(id)
  }

  if (answer.state === 'asking') return <Asking />
  if (answer.state === 'failed') return <Problem words={answer.words} />
  const { providers, known, keeps, warning } = answer.value
  const mine = providers.filter(isMine)
  return (
    <div className="flex flex-col gap-2">
      {mine.length > 0 && (
        <ul className="rounded-lg border border-line" aria-label="Providers">
          {mine.map((provider) => (
            <Row
              key={provider.id}
              provider={provider}
              trial={trials[provider.id]}
              onTry={() => tryOut(provider.id)}
              onKey={() => setForm({ id: provider.id })}
              onRemove={() => remove(provider.id)}
            />
          ))}
        </ul>
      )}
      {form ? (
        <ProviderForm
          key={form.id ?? ''}
          {...(form.id !== undefined && { id: form.id })}
          providers={providers}
          known={known}
          keeps={keeps}
          {...(warning !== undefined && { warning })}
          onAdded={added}
          onCancel={() => setForm(null)}
        />
      ) : (
        <div className="flex items-center gap-2">
          <button type="button" className="button" onClick={() => setForm({})}>
            Add a provider
          </button>
          {mine.length === 0 && <span className="text-[13px] text-faint">None yet. All it takes is a key.</span>}
        </div>
      )}
    </div>
  )
}

/** The others are only possible; they are chosen in the form. A local server is there once it was found. */
const isMine = ({ added, key, local, ready, models }: ProviderInfo): boolean =>
  added || key !== undefined || (local && ready && models > 0)

interface RowProps {
  provider: ProviderInfo
  trial: Trials[string] | undefined
  onTry(): void
  onKey(): void
  onRemove(): void
}

function Row({ provider, trial, onTry, onKey, onRemove }: RowProps) {
  const { id, name, ready, note, key, needsKey, added, models, baseUrl } = provider
  const state = key ? KEY_IS[key] : needsKey ? 'no key' : 'needs no key'
  return (
    <li className="flex flex-col gap-1 border-line px-3 py-1.5 text-[13px] not-first:border-t">
      <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
        <span className="min-w-0 flex-1 truncate" title={baseUrl}>
          <span className="font-medium">{name}</span>{' '}
          <span className={ready ? 'text-soft' : 'text-warn'}>
            {state}
            {models > 0 && `, ${models} ${models === 1 ? 'model' : 'models'}`}
          </span>
        </span>
        <span className="flex shrink-0 gap-1.5">
          <button
            type="button"
            className="button"
            aria-label={`Test ${name}`}
            disabled={!ready || trial === 'trying'}
            onClick={onTry}
          >
            {trial === 'trying' ? 'Testing…' : 'Test'}
          </button>
          <button type="button" className="button" aria-label={`Change ${name}`} onClick={onKey}>
            Change
          </button>
          {added && (
            <button type="button" className="button" aria-label={`Remove ${name}`} onClick={onRemove}>
              Remove
            </button>
          )}
        </span>
      </div>
      {!ready && note && <p className="text-faint">{note}</p>}
      {trial !== undefined && trial !== 'trying' && (
        <p role="status" className="flex items-start gap-1.5 [overflow-wrap:anywhere]" data-testid={`trial-${id}`}>
          {trial.ok ? (
            <CheckIcon size={14} className="mt-0.5 shrink-0 text-ok" aria-label="It works" />
          ) : (
            <CircleAlert size={14} className="mt-0.5 shrink-0 text-bad" aria-label="It failed" />
          )}
          <span>
            {trial.words.message} {trial.words.hint && <span className="text-faint">{trial.words.hint}</span>}
          </span>
        </p>
      )}
    </li>
  )
}
