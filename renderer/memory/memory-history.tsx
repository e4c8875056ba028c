import { useCallback } from 'react'
import type { Client, MemoryId } from '../../sidecar/contract/index.ts'
import { Asking, Problem } from '../settings/section.tsx'
import { useAnswer } from '../settings/use-answer.ts'

/** What was believed when. */
export function MemoryHistory({ id }: { id: MemoryId }) {
  const [answer] = useAnswer(useCallback((client: Client) => client.memory.history({ id }), [id]))
  if (answer.state === 'asking') return <Asking />
  if (answer.state === 'failed') return <Problem words={answer.words} />
  const { versions } = answer.value
  return (
    <ol aria-label="Versions" className="flex flex-col gap-1 rounded-md bg-raised px-2.5 py-2">
      {versions.map(({ id: version, text, validFrom, validTo }) => (
        <li key={version}>
          <span className="text-xs text-faint">
            {day(validFrom)} – {validTo ? day(validTo) : 'now'}
          </span>
          <span className="block break-words">{text}</span>
        </li>
      ))}
      {versions.length === 1 && <li className="text-xs text-faint">It has never changed.</li>}
    </ol>
  )
}

const day = (iso: string): string =>
  new Date(iso).toLocaleDateString(undefined, { day: 'numeric', month: 'short', year: 'numeric' })
