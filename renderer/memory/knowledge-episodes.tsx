import { useCallback, useState } from 'react'
import type { Client, Episode } from '../../sidecar/contract/index.ts'
import { Asking, Problem } from '../settings/section.tsx'
import { useAnswer } from '../settings/use-answer.ts'
import { day, Facts, Nothing, SearchLine } from './knowledge-search.tsx'
import { openTurn } from './open-turn.ts'

const KINDS: Readonly<Record<Episode['kind'], string>> = {
  said: 'You said',
  answered: 'Answered',
  tool: 'A tool gave back',
  file: 'A file that was read',
  document: 'A document',
}

/** All that was said: each place that is found opens its turn. */
export function EpisodesTab() {
  const [query, setQuery] = useState('')
  const [answer] = useAnswer(
    useCallback(
      async (client: Client) => (query === '' ? undefined : (await client.memory.episodes({ query, limit: 50 })).episodes),
      [query],
    ),
  )
  const episodes = answer.state === 'answered' ? answer.value : undefined
  return (
    <>
      <SearchLine label="Search conversations" placeholder="Search all that was said, read and given back" onQuery={setQuery} />
      {answer.state === 'asking' && <Asking />}
      {answer.state === 'failed' && <Problem words={answer.words} />}
      {answer.state === 'answered' && !episodes && <Nothing words="What you look for is searched in every conversation." />}
      {episodes?.length === 0 && <Nothing words="Nothing was found." />}
      {episodes && episodes.length > 0 && (
        <ul className="rounded-lg border border-line" aria-label="Places in conversations">
          {episodes.map(({ sessionId, messageId, partId, title, kind, at, excerpt, taint }) => (
            <li key={partId} data-testid="episode" className="border-line px-3 py-2 text-[13px] not-first:border-t">
              <button
                type="button"
                className="text-left font-medium hover:underline"
                onClick={() => void openTurn(sessionId, messageId)}
              >
                {title || 'New session'}
              </button>
              <p className="break-words">{excerpt}</p>
              <Facts facts={[KINDS[kind], day(at)]} taint={taint} />
            </li>
          ))}
        </ul>
      )}
    </>
  )
}
