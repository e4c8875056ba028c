import { type FormEvent, type ReactNode, useId, useState } from 'react'
import type { Client, ProviderInfo } from '../../sidecar/contract/index.ts'
import { inWords, type Words } from '../connection/words.ts'
import { online } from '../stores/connection.ts'
import { Problem } from './section.tsx'

type Known = Awaited<ReturnType<Client['providers']['list']>>['known'][number]

interface Props {
  /** The provider to change; without one, the form is for a new one. */
  id?: string
  providers: readonly ProviderInfo[]
  known: readonly Known[]
  keeps: 'keychain' | 'secrets'
  warning?: string
  onAdded(id: string): void
  onCancel(): void
}

/** A server that Oxbow does not know by name. */
const OTHER = ''

/** Adds a provider with its key, or changes one. The key leaves this form for the sidecar only, and is not kept here. */
export function ProviderForm({ id: changed, providers, known, keeps, warning, onAdded, onCancel }: Props) {
  const open = providers.filter(({ added, key, local }) => !added && key === undefined && !local)
  const [chosen, setChosen] = useState(changed ?? open[0]?.id ?? OTHER)
  const [name, setName] = useState('')
  const [baseUrl, setBaseUrl] = useState('')
  const [models, setModels] = useState('')
  const [type, setType] = useState('openai')
  const [key, setKey] = useState('')
  const [failure, setFailure] = useState<Words | null>(null)
  const [saving, setSaving] = useState(false)
  const id = useId()
  const isOther = chosen === OTHER
  const provider = providers.find((each) => each.id === chosen)
  const needsAddress = isOther || provider?.baseUrl.includes('.invalid') === true

  const save = async (event: FormEvent) => {
    event.preventDefault()
    setSaving(true)
    setFailure(null)
    const names = models.split(/[\s,]+/).filter(Boolean)
    try {
      const added = await online().providers.add({
        id: isOther ? name.trim() : chosen,
        ...(isOther && { type }),
        ...(baseUrl.trim() && { baseUrl: baseUrl.trim() }),
        ...(key.trim() && { key: key.trim() }),
        ...(names.length > 0 && { models: names }),
      })
      setKey('')
      onAdded(added.provider.id)
    } catch (error) {
      setFailure(inWords(error))
      setSaving(false)
    }
  }

  return (
    <form
      aria-label={changed ? `Change ${provider?.name ?? changed}` : 'Add a provider'}
      className="flex flex-col gap-2.5 rounded-lg border border-line p-3"
      onSubmit={save}
    >
      <div className="grid gap-2.5 sm:grid-cols-2">
        {changed === undefined && (
          <Field id={`${id}-provider`} name="Provider">
            <select
              id={`${id}-provider`}
              className="field h-8 py-0"
              // biome-ignore lint/a11y/noAutofocus: the person has just asked for this form
              autoFocus
              value={chosen}
              onChange={(event) => setChosen(event.target.value)}
            >
              {[...open, ...known].map((each) => (
                <option key={each.id} value={each.id}>
                  {each.name}
                </option>
              ))}
              <option value={OTHER}>Another server…</option>
            </select>
          </Field>
        )}
        <Field id={`${id}-key`} name={isOther ? 'Key, if it wants one' : 'Key'}>
          <input
            id={`${id}-key`}
            className="field h-8"
            type="password"
            autoComplete="off"
            spellCheck={false}
            required={!isOther && provider?.needsKey !== false && changed === undefined}
            value={key}
            onChange={(event) => setKey(event.target.value)}
          />
        </Field>
        {isOther && (
          <>
            <Field id={`${id}-name`} name="Name">
              <input
                id={`${id}-name`}
                className="field h-8"
                required
                placeholder="mine"
                pattern="[a-z0-9][a-z0-9_\-]*"
                title="Small letters, digits, - and _"
                maxLength={50}
                value={name}
                onChange={(event) => setName(event.target.value)}
              />
            </Field>
            <Field id={`${id}-type`} name="Speaks">
              <select id={`${id}-type`} className="field h-8 py-0" value={type} onChange={(event) => setType(event.target.value)}>
                <option value="openai">OpenAI's chat completions</option>
                <option value="openai-responses">OpenAI's responses</option>
                <option value="anthropic">Anthropic's messages</option>
                <option value="gemini">Google's Gemini</option>
              </select>
            </Field>
          </>
        )}
        {(needsAddress || changed !== undefined) && (
          <Field id={`${id}-url`} name="Address">
            <input
              id={`${id}-url`}
              className="field h-8"
              type="url"
              required={needsAddress}
              placeholder={needsAddress ? 'http://192.168.1.20:8000/v1' : provider?.baseUrl}
              value={baseUrl}
              onChange={(event) => setBaseUrl(event.target.value)}
            />
          </Field>
        )}
        {(needsAddress || changed !== undefined) && (
          <Field id={`${id}-models`} name="Models (else it is asked)">
            <input
              id={`${id}-models`}
              className="field h-8"
              placeholder="name, name"
              value={models}
              onChange={(event) => setModels(event.target.value)}
            />
          </Field>
        )}
      </div>
      <p className={warning ? 'text-xs text-warn' : 'text-xs text-faint'}>
        {warning ?? (keeps === 'keychain' && "The key goes into your system's keychain, and is never shown again.")}
      </p>
      {failure && <Problem words={failure} />}
      <div className="flex justify-end gap-2">
        <button type="button" className="button" onClick={onCancel}>
          Cancel
        </button>
        <button type="submit" className="button button-primary" disabled={saving}>
          {saving ? 'Saving…' : changed ? 'Save and test' : 'Add and test'}
        </button>
      </div>
    </form>
  )
}

function Field({ id, name, children }: { id: string; name: string; children: ReactNode }) {
  return (
    <div className="flex min-w-0 flex-col gap-1 text-xs text-soft">
      <label htmlFor={id}>{name}</label>
      {children}
    </div>
  )
}
