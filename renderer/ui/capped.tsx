import { type ReactNode, useState } from 'react'

/** A text longer than this is folded, and what is shown of it then. */
const MOST = 50_000
const SHOWN = 8_000

/** Shows a text, or where it is very long its beginning and a button for the rest. */
export function Capped({ text, children }: { text: string; children: (shown: string) => ReactNode }) {
  const [all, setAll] = useState(false)
  if (all || text.length <= MOST) return children(text)
  return (
    <>
      {children(text.slice(0, SHOWN))}
      <button type="button" className="button mt-2" onClick={() => setAll(true)}>
        Show all ({Math.round(text.length / 1000).toLocaleString()} thousand characters)
      </button>
    </>
  )
}
