import { useCallback, useEffect, useState } from 'react'
import type { Memory, MemoryTier, MemoryType, Why } from '../../sidecar/contract/index.ts'
import { inWords, type Words } from '../connection/words.ts'
import { useConnection } from '../stores/connection.ts'

const PAUSE_MS = 150
const PAGE = 50

export interface Shown {
  memory: Memory
  /** Of what a search found. */
  why?: Why
}

export interface Chosen {
  query: string
  space: string
  type: MemoryType | ''
  tier: MemoryTier | ''
}

interface Answer {
  rows: readonly Shown[] | undefined
  /** How to go on where the list has more. */
  next: string | undefined
  problem: Words | undefined
}

/** What a search finds while it is typed; without one, all memories, newest first. */
export function useMemories({ query, space, type, tier }: Chosen): Answer & { refresh(): void; more(): void } {
  const client = useConnection((store) => store.client)
  const [round, setRound] = useState(0)
  const [pages, setPages] = useState(1)
  const [answer, setAnswer] = useState<Answer>({ rows: undefined, next: undefined, problem: undefined })
  const search = query.trim()
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new round asks again
  useEffect(() => {
    if (!client) return
    const stop = new AbortController()
    const filter = { ...(space !== '' && { space }), ...(type !== '' && { types: [type] }) }
    const ask = async (): Promise<Answer> => {
      if (search !== '') {
        const { results } = await client.memory.search({ query: search, limit: PAGE, ...filter }, { signal: stop.signal })
        const held = results.filter(({ memory }) => tier === '' || memory.standing?.tier === tier)
        return { rows: held, next: undefined, problem: undefined }
      }
      const page = await client.memory.list(
        { limit: Math.min(500, PAGE * pages), ...filter, ...(tier !== '' && { tier }) },
        { signal: stop.signal },
      )
      return { rows: page.memories.map((memory) => ({ memory })), next: page.next, problem: undefined }
    }
    const timer = setTimeout(
      () =>
        ask().then(
          (found) => stop.signal.aborted || setAnswer(found),
          (error) => stop.signal.aborted || setAnswer({ rows: [], next: undefined, problem: inWords(error) }),
        ),
      search === '' ? 0 : PAUSE_MS,
    )
    return () => {
      clearTimeout(timer)
      stop.abort()
    }
  }, [client, search, space, type, tier, round, pages])
  return {
    ...answer,
    refresh: useCallback(() => setRound((n) => n + 1), []),
    more: useCallback(() => setPages((n) => n + 1), []),
  }
}
