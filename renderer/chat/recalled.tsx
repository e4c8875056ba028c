import { Brain, ChevronRight } from 'lucide-react'
import { useCallback, useState } from 'react'
import type { Client, Memory, Message } from '../../sidecar/contract/index.ts'
import { attempt } from '../actions.ts'
import { TYPES } from '../memory/words.ts'
import { Asking, Problem } from '../settings/section.tsx'
import { useAnswer } from '../settings/use-answer.ts'
import { online } from '../stores/connection.ts'

/** A quiet line under a message: what memory brought to it. It opens to the memories themselves. */
export function Recalled({ recalled }: { recalled: NonNullable<Message['recalled']> }) {
  const [open, setOpen] = useState(false)
  const count = recalled.hot.length + recalled.found.length
  if (count === 0) return null
  return (
    <div className="flex w-full flex-col items-end text-[13px]">
      <button
        type="button"
        data-testid="recalled"
        aria-expanded={open}
        className="flex items-center gap-1 rounded px-1 text-faint hover:text-soft"
        onClick={() => setOpen(!open)}
      >
        <Brain size={13} aria-hidden />
        recalled {count === 1 ? 'a memory' : `${count} memories`}
        <ChevronRight size={13} className={open ? 'rotate-90' : ''} aria-hidden />
      </button>
      {open && <RecalledList recalled={recalled} />}
    </div>
  )
}

function RecalledList({ recalled: { found, hot } }: { recalled: NonNullable<Message['recalled']> }) {
  const ask = useCallback((client: Client) => client.memory.pick({ ids: [...found, ...hot].slice(0, 200) }), [found, hot])
  const [answer, again] = useAnswer(ask)
  if (answer.state === 'asking') return <Asking />
  if (answer.state === 'failed') return <Problem words={answer.words} />
  const { memories } = answer.value
  const gone = found.length + hot.length - memories.length
  return (
    <ul aria-label="Recalled memories" className="mt-1 w-full max-w-[85%] rounded-lg border border-line">
      {memories.map((memory) => (
        <RecalledRow key={memory.id} memory={memory} onChanged={again} />
      ))}
      {gone > 0 && (
        <li className="border-line px-3 py-2 text-xs text-faint not-first:border-t">
          {gone === 1 ? 'One was' : `${gone} were`} forgotten since.
        </li>
      )}
    </ul>
  )
}

function RecalledRow({ memory, onChanged }: { memory: Memory; onChanged(): void }) {
  const { id, text, type, pinned, taint } = memory
  const [wrong, setWrong] = useState(false)
  const change = async (work: () => Promise<unknown>) => {
    if ((await attempt(work)) === undefined) return
    setWrong(false)
    onChanged()
  }
  return (
    <li className="flex flex-col gap-1 border-line px-3 py-2 not-first:border-t" data-testid="recalled-memory">
      <p className="whitespace-pre-wrap break-words">{text}</p>
      <div className="flex flex-wrap items-center gap-x-3 text-xs text-faint">
        <span>{TYPES[type]}</span>
        {taint.length > 0 && <span className="text-warn">not from you: {taint.join(', ')}</span>}
        <span className="ml-auto flex gap-1">
          <Act name="Forget" onClick={() => void change(() => online().memory.forget({ ids: [id] }))} />
          <Act name="Wrong" pressed={wrong} onClick={() => setWrong(!wrong)} />
          <Act
            name={pinned ? 'Take the pin off' : 'Pin'}
            onClick={() => void change(() => online().memory.update({ id, pinned: !pinned }))}
          />
        </span>
      </div>
      {wrong && <Righter text={text} onRight={(right) => change(() => online().memory.update({ id, text: right }))} />}
    </li>
  )
}

function Act({ name, pressed, onClick }: { name: string; pressed?: boolean; onClick(): void }) {
  return (
    <button
      type="button"
      aria-pressed={pressed}
      className="rounded px-1.5 py-0.5 text-soft hover:bg-raised aria-pressed:bg-raised"
      onClick={onClick}
    >
      {name}
    </button>
  )
}

/** What is right instead; the old text stays as a past version. */
function Righter({ text, onRight }: { text: string; onRight(right: string): void }) {
  const [right, setRight] = useState(text)
  const unchanged = right.trim() === '' || right === text
  return (
    <form
      className="flex gap-2"
      onSubmit={(event) => {
        event.preventDefault()
        if (!unchanged) onRight(right)
      }}
    >
      <input
        aria-label="What is right"
        className="field h-[30px]"
        maxLength={20_000}
        value={right}
        onChange={(event) => setRight(event.target.value)}
      />
      <button type="submit" className="button h-[30px]" disabled={unchanged}>
        Correct
      </button>
    </form>
  )
}
