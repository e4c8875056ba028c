import { useEffect, useState } from 'react'
import type { SessionSummary } from '../../sidecar/contract/index.ts'
import { useConnection } from '../stores/connection.ts'

const PAUSE_MS = 150

/** The sessions whose title holds the text, or null while there is nothing to search for. */
export function useSearch(text: string, archived: boolean): readonly SessionSummary[] | null {
  const [found, setFound] = useState<readonly SessionSummary[] | null>(null)
  const client = useConnection((store) => store.client)
  const search = text.trim()
  useEffect(() => {
    if (search === '') return setFound(null)
    if (!client) return
    const stop = new AbortController()
    const timer = setTimeout(async () => {
      try {
        const { sessions } = await client.sessions.list({ search, archived, limit: 100 }, { signal: stop.signal })
        if (!stop.signal.aborted) setFound(sessions)
      } catch {
        if (!stop.signal.aborted) setFound([])
      }
    }, PAUSE_MS)
    return () => {
      clearTimeout(timer)
      stop.abort()
    }
  }, [search, archived, client])
  return search === '' ? null : found
}
