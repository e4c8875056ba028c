import { ChevronDown, ChevronRight } from 'lucide-react'
import { useCallback, useState } from 'react'
import type { Client, Memory, MemoryId } from '../../sidecar/contract/index.ts'
import { Asking, Problem } from '../settings/section.tsx'
import { useAnswer } from '../settings/use-answer.ts'
import { day } from './knowledge-search.tsx'
import { TYPES } from './words.ts'

const LEVELS = { all: 'All', month: 'Month', week: 'Week', day: 'Day' } as const

/** What was summed up: from all that is known down to the days, and what each rests on. */
export function MemoryDigests({ space }: { space: string }) {
  return <Below space={space} />
}

/** @param id absent: the digests that no other sums up */
function Below({ id, space }: { id?: MemoryId; space?: string }) {
  const ask = useCallback(
    (client: Client) => client.memory.digests({ ...(id !== undefined && { id }), ...(space && { space }) }),
    [id, space],
  )
  const [answer] = useAnswer(ask)
  if (answer.state === 'asking') return <Asking />
  if (answer.state === 'failed') return <Problem words={answer.words} />
  const { memories } = answer.value
  if (memories.length === 0)
    return (
      <p className="text-[13px] text-faint">
        {id === undefined ? 'Nothing is summed up yet; dreams do it.' : 'What it was made of is no more.'}
      </p>
    )
  return (
    <ul className={id === undefined ? 'rounded-lg border border-line' : 'ml-5 border-l border-line'} aria-label="Digests">
      {memories.map((memory) => (
        <Digest key={memory.id} memory={memory} top={id === undefined} />
      ))}
    </ul>
  )
}

function Digest({ memory, top }: { memory: Memory; top: boolean }) {
  const [open, setOpen] = useState(false)
  const { id, text, space, externalId, validFrom, tags, type } = memory
  const level = (Object.keys(LEVELS) as (keyof typeof LEVELS)[]).find((one) => tags.includes(one))
  const digest = type === 'session' && tags.includes('digest') && level !== undefined
  const name = digest
    ? `${LEVELS[level]} ${level === 'all' ? '' : (externalId?.replace(/^digest /, '') ?? '')}`.trim()
    : TYPES[type]
  const Arrow = open ? ChevronDown : ChevronRight
  return (
    <li className={`px-3 py-2 text-[13px] ${top ? 'not-first:border-t border-line' : ''}`} data-testid="digest">
      <div className="flex items-start gap-1.5">
        {digest ? (
          <button
            type="button"
            className="icon-button -ml-1 size-6 shrink-0"
            aria-expanded={open}
            aria-label={`What ${name} was made of`}
            onClick={() => setOpen(!open)}
          >
            <Arrow size={14} aria-hidden />
          </button>
        ) : (
          <span className="w-5 shrink-0" />
        )}
        <div className="min-w-0 flex-1">
          <p className="text-xs text-faint">
            <span className="font-medium text-soft">{name}</span> {!digest && day(validFrom)}{' '}
            <span className="break-all">{space}</span>
          </p>
          <p className="whitespace-pre-wrap break-words">{text}</p>
        </div>
      </div>
      {open && <Below id={id} />}
    </li>
  )
}
