import { useCallback, useEffect, useState } from 'react'
import type { AuditEntry, AuditFilter, Client } from '../../sidecar/contract/index.ts'
import { backoff } from '../connection/backoff.ts'
import { inWords, type Words } from '../connection/words.ts'
import { useConnection } from '../stores/connection.ts'

const PAGE = 100
/** Entries kept in the window; the oldest go first. */
const MOST = 2000

interface Shown {
  /** Newest first. */
  entries: AuditEntry[]
  /** Whether there are older ones that pass the filter. */
  more: boolean
  size: number
}

export interface RecordView extends Shown {
  state: 'asking' | 'shown' | 'failed'
  problem?: Words
  loadMore(): Promise<void>
}

const NOTHING: Shown = { entries: [], more: false, size: 0 }

/**
 * The newest entries that pass a filter, followed live for as long as it is shown.
 * @param filter must keep its identity
 */
export function useRecord(filter: AuditFilter, live: boolean): RecordView {
  const client = useConnection((store) => store.client)
  const [shown, setShown] = useState<Shown>(NOTHING)
  const [state, setState] = useState<RecordView['state']>('asking')
  const [problem, setProblem] = useState<Words>()
  useEffect(() => {
    if (!client) return
    const ending = new AbortController()
    const { signal } = ending
    const load = async () => {
      const { entries, size } = await client.audit.list({ ...filter, limit: PAGE }, { signal })
      setShown({ entries, size, more: entries.length === PAGE })
      setState('shown')
      return size
    }
    const take = (found: { entries: AuditEntry[]; size: number }) => setShown((before) => withNew(before, found))
    const run = async () => {
      for (let attempt = 1; !signal.aborted; attempt++) {
        try {
          const size = await load()
          if (live) await follow(client, filter, size, signal, take)
          else return
        } catch (error) {
          if (signal.aborted) return
          setProblem(inWords(error))
          setState('failed')
        }
        await new Promise((resolve) => setTimeout(resolve, backoff(attempt)))
      }
    }
    void run()
    return () => ending.abort()
  }, [client, filter, live])

  const loadMore = useCallback(async () => {
    const oldest = shown.entries.at(-1)
    if (!client || !oldest) return
    try {
      const { entries } = await client.audit.list({ ...filter, before: oldest.position, limit: PAGE })
      setShown((before) => ({ ...before, entries: [...before.entries, ...entries], more: entries.length === PAGE }))
    } catch (error) {
      setProblem(inWords(error))
      setState('failed')
    }
  }, [client, filter, shown.entries])
  return { ...shown, state, loadMore, ...(problem && { problem }) }
}

type Take = (found: { entries: AuditEntry[]; size: number }) => void

async function follow(client: Client, filter: AuditFilter, after: number, signal: AbortSignal, take: Take): Promise<void> {
  for await (const found of await client.audit.watch({ ...filter, after }, { signal })) take(found)
}

function withNew(before: Shown, { entries, size }: { entries: AuditEntry[]; size: number }): Shown {
  const newest = before.entries[0]?.position ?? -1
  const fresh = entries.filter(({ position }) => position > newest).toReversed()
  if (fresh.length === 0) return { ...before, size }
  const all = [...fresh, ...before.entries]
  return { entries: all.slice(0, MOST), size, more: before.more || all.length > MOST }
}
