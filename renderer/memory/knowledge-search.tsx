import { Search, X } from 'lucide-react'
import { useEffect, useState } from 'react'
import { useUi } from '../stores/ui.ts'

const PAUSE_MS = 200

/** A field to search in, and the way back to the conversation. `onQuery` is told once a pause was made. */
export function SearchLine({
  label,
  placeholder,
  onQuery,
}: {
  label: string
  placeholder: string
  onQuery(query: string): void
}) {
  const [text, setText] = useState('')
  useEffect(() => {
    const timer = setTimeout(() => onQuery(text.trim()), PAUSE_MS)
    return () => clearTimeout(timer)
  }, [text, onQuery])
  return (
    <div className="flex flex-wrap items-center gap-2">
      <label className="relative min-w-48 flex-1">
        <Search size={14} className="pointer-events-none absolute left-2.5 top-2 text-faint" aria-hidden />
        <input
          type="search"
          aria-label={label}
          placeholder={placeholder}
          maxLength={2000}
          value={text}
          onChange={(event) => setText(event.target.value)}
          className="field h-[30px] pl-8"
        />
      </label>
      <CloseButton />
    </div>
  )
}

export function CloseButton() {
  return (
    <button type="button" className="button" onClick={() => useUi.getState().setPane('chat')}>
      <X size={14} aria-hidden /> Close
    </button>
  )
}

export const Nothing = ({ words }: { words: string }) => <p className="text-[13px] text-faint">{words}</p>

export const day = (at: string): string =>
  new Date(at).toLocaleDateString(undefined, { day: 'numeric', month: 'short', year: 'numeric' })

/** What else there is to say of a row, in small letters. */
export function Facts({ facts, taint }: { facts: readonly string[]; taint: readonly string[] }) {
  return (
    <p className="mt-0.5 flex flex-wrap gap-x-2 text-xs text-faint">
      {facts.map((fact) => (
        <span key={fact} className="break-all">
          {fact}
        </span>
      ))}
      {taint.length > 0 && <span className="text-warn">not from you: {taint.join(', ')}</span>}
    </p>
  )
}
