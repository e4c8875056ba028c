import { type FormEvent, useEffect, useState } from 'react'
import { KNOWN_EMBEDDING_MODELS } from '../../sidecar/contract/embedding-models.ts'
import type { Client, EmbedderChoice, EmbedderState } from '../../sidecar/contract/index.ts'
import { inWords, type Words } from '../connection/words.ts'
import { online } from '../stores/connection.ts'
import { Asking, Problem, Section } from './section.tsx'
import { useAnswer } from './use-answer.ts'

const ask = (client: Client) => client.memory.embedder()
const LOOK_AGAIN_MS = 1000

const KINDS = [
  { kind: 'bundled', name: 'Bundled model', note: 'English, small and fast; comes with Oxbow.' },
  { kind: 'model', name: 'Model by name', note: 'A Model2Vec model, downloaded from Hugging Face when you choose it.' },
  { kind: 'folder', name: 'Model in a folder', note: 'A Model2Vec model: model.safetensors and tokenizer.json.' },
  { kind: 'endpoint', name: 'Endpoint', note: 'An OpenAI-compatible server. What is remembered is sent to it.' },
  { kind: 'hashing', name: 'Spelling alone', note: 'No model: alike is what is written alike.' },
] as const
type Kind = (typeof KINDS)[number]['kind']

/** What finds memories by their meaning: which embedder, and how far its index is. */
export function MemoryEmbedder() {
  const [answer, again] = useAnswer(ask)
  const working = answer.state === 'answered' && (answer.value.building || answer.value.download?.state === 'loading')
  // biome-ignore lint/correctness/useExhaustiveDependencies: looks again after each answer, as long as something goes on
  useEffect(() => {
    if (!working) return
    const timer = setTimeout(again, LOOK_AGAIN_MS)
    return () => clearTimeout(timer)
  }, [answer])
  return (
    <Section
      title="Memory"
      note="What finds memories by their meaning. After a change the old index serves until the new one is made."
    >
      {answer.state === 'asking' && <Asking />}
      {answer.state === 'failed' && <Problem words={answer.words} />}
      {answer.state === 'answered' && (
        <div className="flex flex-col gap-3 rounded-lg border border-line p-3 text-[13px]">
          <Standing state={answer.value} />
          <Choose key={answer.value.chosen.embedder} state={answer.value} onChosen={again} />
        </div>
      )}
    </Section>
  )
}

function Standing({ state: { serving, building, fault, download } }: { state: EmbedderState }) {
  return (
    <div className="flex flex-col gap-1" role="status">
      <p className="text-soft">
        {serving
          ? `${serving.id} serves: ${serving.dimensions} dimensions, ${serving.embedded} memories.`
          : 'No embedder serves: memories are found by their words alone.'}
      </p>
      {building && (
        <Progress
          label={`Index of ${building.id}`}
          done={building.done}
          of={building.of}
          words={`${building.done} of ${building.of}`}
        />
      )}
      {download?.state === 'loading' && (
        <Progress
          label={`Download of ${download.name}`}
          done={download.doneBytes}
          of={download.ofBytes}
          words={`${Math.round(download.doneBytes / 1e6)} of ${Math.round(download.ofBytes / 1e6)} MB`}
        />
      )}
      {download?.state === 'failed' && <p className="text-bad">{`${download.name} was not downloaded: ${download.error}`}</p>}
      {fault && <p className="text-warn">{fault}</p>}
    </div>
  )
}

function Progress({ label, done, of, words }: { label: string; done: number; of: number; words: string }) {
  return (
    <div className="flex items-center gap-2">
      <span className="text-soft">{label}</span>
      <progress className="h-1.5 flex-1" aria-label={label} value={done} max={Math.max(of, 1)} />
      <span className="text-faint">{words}</span>
    </div>
  )
}

function Choose({ state: { chosen, downloaded }, onChosen }: { state: EmbedderState; onChosen: () => void }) {
  const at = chosen.embedder.indexOf(':')
  const [kind, setKind] = useState<Kind>((at === -1 ? chosen.embedder : chosen.embedder.slice(0, at)) as Kind)
  const [value, setValue] = useState(at === -1 ? '' : chosen.embedder.slice(at + 1))
  const [url, setUrl] = useState(chosen.url ?? '')
  const [keyOf, setKeyOf] = useState(chosen.keyOf ?? '')
  const [busy, setBusy] = useState(false)
  const [problem, setProblem] = useState<Words>()
  const plain = kind === 'bundled' || kind === 'hashing'
  const missing = kind === 'model' && value !== '' && !downloaded.includes(value)

  const use = async (event: FormEvent) => {
    event.preventDefault()
    setBusy(true)
    setProblem(undefined)
    try {
      if (missing) await online().memory.downloadEmbedder({ name: value.trim() })
      else await online().memory.setEmbedder(choiceOf(kind, value.trim(), url.trim(), keyOf.trim()))
      onChosen()
    } catch (error) {
      setProblem(inWords(error))
    }
    setBusy(false)
  }
  return (
    <form className="flex flex-col gap-2" onSubmit={use}>
      <label className="flex items-center gap-2">
        Embedder
        <select
          className="field"
          value={kind}
          onChange={(event) => {
            setKind(event.target.value as Kind)
            setValue('')
          }}
        >
          {KINDS.map((each) => (
            <option key={each.kind} value={each.kind}>
              {each.name}
            </option>
          ))}
        </select>
      </label>
      <p className="text-faint">{KINDS.find((each) => each.kind === kind)?.note}</p>
      {!plain && (
        <Field
          label={kind === 'folder' ? 'Folder' : 'Model'}
          value={value}
          onChange={setValue}
          list={kind === 'model' ? [...new Set([...downloaded, ...KNOWN_EMBEDDING_MODELS])] : []}
        />
      )}
      {kind === 'endpoint' && (
        <>
          <Field label="Address" value={url} onChange={setUrl} placeholder="http://127.0.0.1:11434/v1" />
          <Field label="Key of provider" value={keyOf} onChange={setKeyOf} placeholder="none" optional />
        </>
      )}
      {problem && <Problem words={problem} />}
      <button type="submit" className="button self-start" disabled={busy || (!plain && value === '')}>
        {missing ? 'Download' : 'Use'}
      </button>
    </form>
  )
}

function Field({
  label,
  value,
  onChange,
  placeholder,
  optional,
  list = [],
}: {
  label: string
  value: string
  onChange: (value: string) => void
  placeholder?: string
  optional?: boolean
  list?: readonly string[]
}) {
  return (
    <label className="flex items-center gap-2">
      <span className="w-28 shrink-0">{label}</span>
      <input
        className="field min-w-0 flex-1"
        value={value}
        onChange={(event) => onChange(event.target.value)}
        placeholder={placeholder}
        required={!optional}
        list={list.length > 0 ? 'embedding-models' : undefined}
      />
      {list.length > 0 && (
        <datalist id="embedding-models">
          {list.map((name) => (
            <option key={name} value={name} />
          ))}
        </datalist>
      )}
    </label>
  )
}

const choiceOf = (kind: Kind, value: string, url: string, keyOf: string): EmbedderChoice => ({
  embedder: kind === 'bundled' || kind === 'hashing' ? kind : `${kind}:${value}`,
  ...(kind === 'endpoint' && url !== '' && { url }),
  ...(kind === 'endpoint' && keyOf !== '' && { keyOf }),
})
