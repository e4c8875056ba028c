import { useCallback, useState } from 'react'
import type { Client, MemoryId, MemoryStats } from '../../sidecar/contract/index.ts'
import { attempt } from '../actions.ts'
import { Asking, Problem } from '../settings/section.tsx'
import { useAnswer } from '../settings/use-answer.ts'
import { online } from '../stores/connection.ts'
import { Dreams } from './dream-reports.tsx'
import { MemoryDigests } from './memory-digests.tsx'
import { MemoryFilters } from './memory-filters.tsx'
import { MemoryMerge } from './memory-merge.tsx'
import { MemoryQuestions } from './memory-questions.tsx'
import { MemoryRows, MemoryTimeline } from './memory-rows.tsx'
import { type Chosen, useMemories } from './use-memories.ts'

const VIEWS = { list: 'List', timeline: 'Timeline', digests: 'Digests' } as const
type View = keyof typeof VIEWS

/** Memories, searched as it is typed, corrected, protected, merged and forgotten. */
export function Memories() {
  const [chosen, setChosen] = useState<Chosen>({ query: '', space: '', type: '', tier: '' })
  const [view, setView] = useState<View>('list')
  const [merging, setMerging] = useState<readonly MemoryId[]>([])
  const { rows, next, problem, refresh, more } = useMemories(chosen)
  const [stats, countAgain] = useAnswer(useCallback((client: Client) => client.memory.stats(), []))
  const changed = () => {
    refresh()
    countAgain()
  }
  const choose = (id: MemoryId) => setMerging((now) => (now.includes(id) ? now.filter((other) => other !== id) : [...now, id]))
  const counted = stats.state === 'answered' ? stats.value : undefined
  const parts = { rows: rows ?? [], chosen: new Set(merging), onChoose: choose, onChanged: changed }
  return (
    <>
      <MemoryFilters chosen={chosen} counted={counted} onChoose={setChosen} />
      <MemoryQuestions key={counted?.questions ?? 0} space={chosen.space} onAnswered={changed} />
      <Adder space={chosen.space} onAdded={changed} />
      {counted && <Counts counted={counted} />}
      <nav aria-label="Views of memory" className="flex flex-wrap gap-1">
        {(Object.keys(VIEWS) as View[]).map((name) => (
          <button
            key={name}
            type="button"
            className={`button ${view === name ? 'font-semibold' : 'border-transparent text-soft'}`}
            aria-current={view === name ? 'true' : undefined}
            onClick={() => setView(name)}
          >
            {VIEWS[name]}
          </button>
        ))}
      </nav>
      <MemoryMerge
        chosen={merging}
        onDone={() => {
          setMerging([])
          changed()
        }}
      />
      {view === 'digests' && <MemoryDigests space={chosen.space} />}
      {view !== 'digests' && (
        <>
          {problem && <Problem words={problem} />}
          {rows === undefined && <Asking />}
          {rows && rows.length > 0 && (view === 'list' ? <MemoryRows {...parts} /> : <MemoryTimeline {...parts} />)}
          {rows?.length === 0 && !problem && (
            <p className="text-[13px] text-faint">
              {chosen.query.trim() === '' ? 'Nothing is remembered here yet.' : 'Nothing was found.'}
            </p>
          )}
          {next !== undefined && (
            <button type="button" className="button self-center" onClick={more}>
              Show more
            </button>
          )}
        </>
      )}
      <Dreams onChanged={changed} />
    </>
  )
}

function Counts({ counted: { memories, past, topics, building } }: { counted: MemoryStats }) {
  const most = topics
    .slice(0, 6)
    .map(({ topic, memories: of }) => `${topic} (${of})`)
    .join(', ')
  return (
    <p className="text-[13px] text-faint">
      {memories.toLocaleString()} remembered, {past.toLocaleString()} past versions.
      {most !== '' && ` Mostly of ${most}.`}
      {building && ` A new index is being made: ${building.done} of ${building.of}.`}
    </p>
  )
}

function Adder({ space, onAdded }: { space: string; onAdded(): void }) {
  const [text, setText] = useState('')
  const add = async () => {
    const saved = await attempt(() => online().memory.save({ text, ...(space !== '' && { space }) }))
    if (!saved) return
    setText('')
    onAdded()
  }
  return (
    <form
      className="flex gap-2"
      onSubmit={(event) => {
        event.preventDefault()
        if (text.trim() !== '') void add()
      }}
    >
      <input
        aria-label="Something to remember"
        placeholder="Something to remember"
        maxLength={20_000}
        value={text}
        onChange={(event) => setText(event.target.value)}
        className="field h-[30px]"
      />
      <button type="submit" className="button h-[30px]" disabled={text.trim() === ''}>
        Remember
      </button>
    </form>
  )
}
