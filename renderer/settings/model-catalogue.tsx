import { RefreshCw, Search, Star } from 'lucide-react'
import { useDeferredValue, useEffect, useState } from 'react'
import type { Capability, ModelInfo } from '../../sidecar/contract/index.ts'
import { inWords, type Words } from '../connection/words.ts'
import { online, useConnection } from '../stores/connection.ts'
import { useModels } from '../stores/models.ts'
import { CAPABILITY_WORDS, priceWords, windowWords } from '../ui/model-facts.ts'
import { Scrollable } from '../ui/scrollable.tsx'
import { Problem } from './section.tsx'

/** More rows than this say less, not more. */
const MOST_ROWS = 100

interface Filter {
  search: string
  capability: Capability | ''
  maxPrice: string
  minContext: string
  ready: boolean
}
const ALL: Filter = { search: '', capability: '', maxPrice: '', minContext: '', ready: false }

const CAPABILITIES: [Filter['capability'], string][] = [
  ['', 'Can do anything'],
  ['tools', 'Calls tools'],
  ['reasoning', 'Thinks'],
  ['image', 'Takes images'],
  ['audio', 'Takes audio'],
  ['video', 'Takes video'],
  ['pdf', 'Takes PDF'],
]
const PRICES: [string, string][] = [
  ['', 'Any price'],
  ['0', 'Free'],
  ['500000', 'Up to $0.50'],
  ['2000000', 'Up to $2'],
  ['5000000', 'Up to $5'],
]
const WINDOWS: [string, string][] = [
  ['', 'Any context'],
  ['100000', 'From 100k'],
  ['200000', 'From 200k'],
  ['1000000', 'From 1M'],
]

/** The catalogue: found by name, capability, price and context. */
export function ModelCatalogue() {
  const [filter, setFilter] = useState(ALL)
  const [round, setRound] = useState(0)
  const { models, total, failure } = useFound(useDeferredValue(filter), round)
  const [refreshed, setRefreshed] = useState<'fetching' | Words | null>(null)
  const isDefault = useModels((store) => store.default)
  const { probe, setDefault } = useModels.getState()
  const change = (part: Partial<Filter>) => setFilter((before) => ({ ...before, ...part }))

  const refresh = async () => {
    setRefreshed('fetching')
    try {
      const { models: count, providers } = await online().models.refresh()
      setRefreshed({ message: `Now with ${count} models of ${providers} providers.` })
      setRound((before) => before + 1)
    } catch (error) {
      setRefreshed(inWords(error))
    }
  }
  const look = async () => {
    await probe()
    setRound((before) => before + 1)
  }

  return (
    <section aria-label="Catalogue" className="flex flex-col gap-2">
      <div className="flex flex-wrap items-center gap-2">
        <input
          className="field h-8 min-w-40 flex-1"
          type="search"
          placeholder="Find a model"
          aria-label="Find a model"
          value={filter.search}
          onChange={(event) => change({ search: event.target.value })}
        />
        <Choice
          name="Capability"
          value={filter.capability}
          choices={CAPABILITIES}
          onChoose={(value) => change({ capability: value as Filter['capability'] })}
        />
        <Choice
          name="Price of a million tokens in"
          value={filter.maxPrice}
          choices={PRICES}
          onChoose={(maxPrice) => change({ maxPrice })}
        />
        <Choice name="Context" value={filter.minContext} choices={WINDOWS} onChoose={(minContext) => change({ minContext })} />
        <label className="flex items-center gap-1.5 text-[13px]">
          <input
            type="checkbox"
            className="accent-accent"
            checked={filter.ready}
            onChange={(event) => change({ ready: event.target.checked })}
          />
          Ready
        </label>
      </div>
      {failure && <Problem words={failure} />}
      <Scrollable label="Models" className="max-h-80 overflow-auto rounded-lg border border-line">
        <table className="w-full text-left text-[13px]">
          <thead>
            <tr className="sticky top-0 bg-raised">
              <Head>Model</Head>
              <Head>Context</Head>
              <Head>In / out for 1M</Head>
              <Head>Can do</Head>
              <th scope="col" className="w-8">
                <span className="sr-only">Default</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {models.map((model) => (
              <Row key={model.ref} model={model} chosen={model.ref === isDefault} onChoose={() => setDefault(model.ref)} />
            ))}
          </tbody>
        </table>
        {models.length === 0 && <p className="px-3 py-3 text-[13px] text-faint">No model is like that.</p>}
      </Scrollable>
      <div className="flex flex-wrap items-center gap-2 text-xs text-faint">
        <span role="status" className="min-w-0 flex-1">
          {refreshed === 'fetching'
            ? 'Fetching the newest catalogue…'
            : refreshed
              ? `${refreshed.message} ${refreshed.hint ?? ''}`
              : total > models.length
                ? `The first ${models.length} of ${total}.`
                : `${total} models.`}
        </span>
        <button type="button" className="button" onClick={look}>
          <Search size={14} aria-hidden /> Look for local servers
        </button>
        <button type="button" className="button" disabled={refreshed === 'fetching'} onClick={refresh}>
          <RefreshCw size={14} aria-hidden /> Fetch the newest
        </button>
      </div>
    </section>
  )
}

/** The models that meet a filter; the answer to an older question is dropped. */
function useFound({ search, capability, maxPrice, minContext, ready }: Filter, round: number) {
  const client = useConnection((store) => store.client)
  const known = useModels((store) => store.models)
  const [found, setFound] = useState<{ models: readonly ModelInfo[]; total: number; failure?: Words }>({ models: [], total: 0 })
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new round, and a change of what is ready, asks again
  useEffect(() => {
    if (!client) return
    let current = true
    client.models
      .list({
        ...(search.trim() && { search }),
        ...(capability && { capability }),
        ...(maxPrice && { maxPrice: Number(maxPrice) }),
        ...(minContext && { minContext: Number(minContext) }),
        ...(ready && { ready }),
        limit: MOST_ROWS,
      })
      .then(
        ({ models, total }) => current && setFound({ models, total }),
        (error) => current && setFound((before) => ({ ...before, failure: inWords(error) })),
      )
    return () => {
      current = false
    }
  }, [client, known, round, search, capability, maxPrice, minContext, ready])
  return found
}

const Head = ({ children }: { children: string }) => (
  <th scope="col" className="px-3 py-1.5 font-medium whitespace-nowrap">
    {children}
  </th>
)

function Row({ model, chosen, onChoose }: { model: ModelInfo; chosen: boolean; onChoose(): void }) {
  const unknown = <span className="text-faint">unknown</span>
  return (
    <tr className="border-t border-line" title={model.note}>
      <td className="max-w-56 px-3 py-1">
        <span className={model.ready ? 'block truncate' : 'block truncate text-faint'}>{model.name}</span>
        <span className="block truncate text-xs text-faint">{model.ref}</span>
      </td>
      <td className="px-3 py-1 text-soft">{windowWords(model) || unknown}</td>
      <td className="px-3 py-1 whitespace-nowrap text-soft">{priceWords(model) || unknown}</td>
      <td className="px-3 py-1 text-xs text-faint">{model.capabilities?.map((each) => CAPABILITY_WORDS[each]).join(', ')}</td>
      <td className="pr-2">
        {model.ready && (
          <button
            type="button"
            className="icon-button size-7"
            aria-label={chosen ? `${model.name} is used for new sessions` : `Use ${model.name} for new sessions`}
            aria-pressed={chosen}
            onClick={onChoose}
          >
            <Star size={14} className={chosen ? 'fill-accent text-accent' : ''} />
          </button>
        )}
      </td>
    </tr>
  )
}

interface ChoiceProps {
  name: string
  value: string
  choices: readonly (readonly [string, string])[]
  onChoose(value: string): void
}

const Choice = ({ name, value, choices, onChoose }: ChoiceProps) => (
  <select className="field h-8 w-auto py-0" aria-label={name} value={value} onChange={(event) => onChoose(event.target.value)}>
    {choices.map(([each, words]) => (
      <option key={each} value={each}>
        {words}
      </option>
    ))}
  </select>
)
