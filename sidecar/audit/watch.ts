import type { AuditEntry, AuditFilter } from '../contract/index.ts'
import type { AuditStore } from './store.ts'
import type { AuditWriter } from './writer.ts'

/** Entries in one item, and the least time between two items in milliseconds. */
const PAGE = 200
const PACE_MS = 100

export interface AuditWatchItem {
  entries: AuditEntry[]
  size: number
}

/**
 * Follows the record: what passes the filter since `after`, then what happens. A reader keeps its place in the record and
 * nothing else, so a slow one costs nothing. Ends when `signal` aborts.
 */
export async function* watchAudit(
  writer: AuditWriter,
  store: AuditStore,
  { after, ...filter }: AuditFilter & { after?: number | undefined },
  signal: AbortSignal,
): AsyncGenerator<AuditWatchItem, void> {
  let place = after ?? writer.size
  let first = true
  let wake: (() => void) | undefined
  const awaken = (): void => wake?.()
  const unsubscribe = writer.subscribe(awaken)
  signal.addEventListener('abort', awaken)
  try {
    while (!signal.aborted) {
      const { size } = writer
      const entries = place < size ? store.list(filter, { start: place, end: size }, 'ASC', PAGE) : []
      place = entries.length === PAGE ? entries.at(-1)!.position + 1 : Math.max(place, size)
      // The first item comes at once, also when it is empty: the reader knows that it is being told.
      if (first || entries.length > 0) yield { entries, size }
      first = false
      if (place < writer.size) continue
      await new Promise<void>((resolve) => {
        wake = resolve
        if (signal.aborted || place < writer.size) resolve()
      })
      wake = undefined
      await new Promise((resolve) => setTimeout(resolve, PACE_MS).unref())
    }
  } finally {
    signal.removeEventListener('abort', awaken)
    unsubscribe()
  }
}
