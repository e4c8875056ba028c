import { Search, X } from 'lucide-react'
import { useCallback, useState } from 'react'
import type { Client, MemoryType } from '../../sidecar/contract/index.ts'
import { attempt } from '../actions.ts'
import { SessionHeader } from '../chat/session-header.tsx'
import { Asking, Problem } from '../settings/section.tsx'
import { useAnswer } from '../settings/use-answer.ts'
import { online } from '../stores/connection.ts'
import { useUi } from '../stores/ui.ts'
import { Dreams } from './dream-reports.tsx'
import { CalendarTab } from './knowledge-calendar.tsx'
import { EpisodesTab } from './knowledge-episodes.tsx'
import { KnowledgeTab } from './knowledge-tab.tsx'
import { MemoryTabs, type Tab } from './knowledge-tabs.tsx'
import { MemoryQuestions } from './memory-questions.tsx'
import { MemoryRow } from './memory-row.tsx'
import { type Chosen, useMemories } from './use-memories.ts'
import { TYPES } from './words.ts'

/** What Oxbow remembers, what was said, and the person's notes and calendar. */
export function MemoryPane() {
  const [tab, setTab] = useState<Tab>('memories')
  return (
    <main className="flex min-w-0 flex-1 flex-col" aria-label="Memory" data-testid="memory-pane">
      <SessionHeader title="Memory" />
      <div className="min-h-0 flex-1 overflow-y-auto">
        <div className="column flex max-w-[60rem] flex-col gap-4 py-6">
          <MemoryTabs tab={tab} onTab={setTab} />
          {tab === 'memories' && <Memories />}
          {tab === 'episodes' && <EpisodesTab />}
          {tab === 'knowledge' && <KnowledgeTab />}
          {tab === 'calendar' && <CalendarTab />}
        </div>
      </div>
    </main>
  )
}

/** Searched as it is typed, corrected, pinned and forgotten. */
function Memories() {
  const [chosen, setChosen] = useState<Chosen>({ query: '', space: '', type: '' })
  const { rows, next, problem, refresh, more } = useMemories(chosen)
  const [stats, countAgain] = useAnswer(useCallback((client: Client) => client.memory.stats(), []))
  const changed = () => {
    refresh()
    countAgain()
  }
  const counted = stats.state === 'answered' ? stats.value : undefined
  return (
    <>
      <div className="flex flex-wrap items-center gap-2">
        <label className="relative min-w-48 flex-1">
          <Search size={14} className="pointer-events-none absolute left-2.5 top-2 text-faint" aria-hidden />
          <input
            type="search"
            aria-label="Search memory"
            placeholder="Search by words or meaning"
            maxLength={2000}
            value={chosen.query}
            onChange={(event) => setChosen({ ...chosen, query: event.target.value })}
            className="field h-[30px] pl-8"
          />
        </label>
        <select
          aria-label="Space"
          className="field h-[30px] w-auto max-w-48 py-0"
          value={chosen.space}
          onChange={(event) => setChosen({ ...chosen, space: event.target.value })}
        >
          <option value="">All spaces</option>
          {counted?.spaces.map(({ space, memories }) => (
            <option key={space} value={space}>
              {space} ({memories})
            </option>
          ))}
        </select>
        <select
          aria-label="Type"
          className="field h-[30px] w-auto py-0"
          value={chosen.type}
          onChange={(event) => setChosen({ ...chosen, type: event.target.value as MemoryType | '' })}
        >
          <option value="">All types</option>
          {Object.entries(TYPES).map(([type, name]) => (
            <option key={type} value={type}>
              {name}
            </option>
          ))}
        </select>
        <button type="button" className="button" onClick={() => useUi.getState().setPane('chat')}>
          <X size={14} aria-hidden /> Close
        </button>
      </div>
      <MemoryQuestions key={counted?.questions ?? 0} space={chosen.space} onAnswered={changed} />
      <Adder space={chosen.space} onAdded={changed} />
      {counted && (
        <p className="text-[13px] text-faint">
          {counted.memories.toLocaleString()} remembered, {counted.past.toLocaleString()} past versions.
          {counted.topics.length > 0 &&
            ` Mostly of ${counted.topics
              .slice(0, 6)
              .map(({ topic, memories }) => `${topic} (${memories})`)
              .join(', ')}.`}
          {counted.building && ` A new index is being made: ${counted.building.done} of ${counted.building.of}.`}
        </p>
      )}
      {problem && <Problem words={problem} />}
      {rows === undefined && <Asking />}
      {rows && rows.length > 0 && (
        <ul className="rounded-lg border border-line" aria-label="Memories">
          {rows.map((shown) => (
            <MemoryRow key={shown.memory.id} shown={shown} onChanged={changed} />
          ))}
        </ul>
      )}
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
      <Dreams onChanged={changed} />
    </>
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
