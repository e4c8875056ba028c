import { Activity, History, Pencil, Pin, PinOff, Shield, Trash2 } from 'lucide-react'
import { type ReactNode, useState } from 'react'
import type { Memory } from '../../sidecar/contract/index.ts'
import { attempt } from '../actions.ts'
import { online } from '../stores/connection.ts'
import { MemoryHistory } from './memory-history.tsx'
import { MemoryProtection } from './memory-protection.tsx'
import { MemoryStrength, percent } from './memory-strength.tsx'
import type { Shown } from './use-memories.ts'
import { TYPES, whyFound } from './words.ts'

interface RowParts {
  shown: Shown
  /** Whether it is among those to be merged. */
  chosen: boolean
  onChoose(): void
  onChanged(): void
}

/** One memory: what it says, where it belongs, why it was found, and what can be done with it. */
export function MemoryRow({ shown: { memory, why }, chosen, onChoose, onChanged }: RowParts) {
  const [open, setOpen] = useState<'edit' | 'history' | 'strength' | 'protection' | 'forget'>()
  const { id, text, type, tags, space, speaker, taint, pinned, protection, validFrom, standing } = memory
  const toggle = (what: typeof open) => setOpen(open === what ? undefined : what)
  const change = async (work: () => Promise<unknown>) => {
    if ((await attempt(work)) === undefined) return
    // What was opened in the meantime stays open.
    setOpen((now) => (now === open ? undefined : now))
    onChanged()
  }
  return (
    <li
      data-testid="memory"
      data-id={id}
      className="flex flex-col gap-1.5 border-line px-3 py-2.5 text-[13px] not-first:border-t"
    >
      <div className="flex items-start gap-2">
        <input
          type="checkbox"
          className="mt-1 shrink-0"
          aria-label="Choose to merge"
          title="Choose to merge"
          checked={chosen}
          onChange={onChoose}
        />
        <div className="min-w-0 flex-1">
          {open === 'edit' ? (
            <Editor memory={memory} onSave={(next) => change(() => online().memory.update({ id, text: next }))} />
          ) : (
            <p className="whitespace-pre-wrap break-words">
              {speaker && <span className="font-medium">{speaker}: </span>}
              {text}
            </p>
          )}
          <p className="mt-0.5 flex flex-wrap gap-x-2 text-xs text-faint">
            <time dateTime={validFrom} title={new Date(validFrom).toLocaleString()}>
              {new Date(validFrom).toLocaleDateString(undefined, { day: 'numeric', month: 'short', year: 'numeric' })}
            </time>
            <span>{TYPES[type]}</span>
            <span className="break-all">{space}</span>
            {tags.length > 0 && <span className="break-all">{tags.map((tag) => `#${tag}`).join(' ')}</span>}
            {standing && (
              <span>
                {standing.tier}, {percent(standing.strength)}
              </span>
            )}
            {protection !== 'none' && <span>protected: {protection}</span>}
            {taint.length > 0 && <span className="text-warn">not from you: {taint.join(', ')}</span>}
          </p>
          {why && <p className="mt-0.5 text-xs text-soft">Found by {whyFound(why)}</p>}
        </div>
        <span className="flex shrink-0">
          <Action
            name={pinned ? 'Take the pin off' : 'Pin'}
            icon={pinned ? <PinOff size={14} /> : <Pin size={14} />}
            onClick={() => void change(() => online().memory.update({ id, pinned: !pinned }))}
          />
          <Action name="Edit" icon={<Pencil size={14} />} pressed={open === 'edit'} onClick={() => toggle('edit')} />
          <Action
            name="Strength"
            icon={<Activity size={14} />}
            pressed={open === 'strength'}
            onClick={() => toggle('strength')}
          />
          <Action
            name="Protection"
            icon={<Shield size={14} />}
            pressed={open === 'protection'}
            onClick={() => toggle('protection')}
          />
          <Action name="History" icon={<History size={14} />} pressed={open === 'history'} onClick={() => toggle('history')} />
          <Action name="Forget" icon={<Trash2 size={14} />} pressed={open === 'forget'} onClick={() => toggle('forget')} />
        </span>
      </div>
      {open === 'strength' && <MemoryStrength memory={memory} />}
      {open === 'history' && <MemoryHistory id={id} />}
      {open === 'protection' && (
        <MemoryProtection
          memory={memory}
          onChoose={(level) => void change(() => online().memory.update({ id, protection: level }))}
        />
      )}
      {open === 'forget' && (
        <div className="flex flex-wrap items-center gap-2 rounded-md bg-bad-ground px-2.5 py-2">
          <span className="flex-1">It is removed for good, with its past versions.</span>
          <button type="button" className="button" onClick={() => setOpen(undefined)}>
            Keep
          </button>
          <button
            type="button"
            className="button text-bad"
            onClick={() => void change(() => online().memory.forget({ ids: [id] }))}
          >
            Forget it
          </button>
        </div>
      )}
    </li>
  )
}

function Action({ name, icon, pressed, onClick }: { name: string; icon: ReactNode; pressed?: boolean; onClick(): void }) {
  return (
    <button type="button" className="icon-button size-7" aria-label={name} title={name} aria-pressed={pressed} onClick={onClick}>
      {icon}
    </button>
  )
}

function Editor({ memory, onSave }: { memory: Memory; onSave(text: string): void }) {
  const [text, setText] = useState(memory.text)
  const unchanged = text.trim() === '' || text === memory.text
  return (
    <form
      className="flex flex-col items-end gap-1.5"
      onSubmit={(event) => {
        event.preventDefault()
        if (!unchanged) onSave(text)
      }}
    >
      <textarea
        aria-label="Text of the memory"
        className="field"
        rows={3}
        maxLength={20_000}
        value={text}
        onChange={(event) => setText(event.target.value)}
      />
      <button type="submit" className="button button-primary" disabled={unchanged}>
        Save
      </button>
    </form>
  )
}
