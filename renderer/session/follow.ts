import { type Client, resumeFrom, type SessionId, type SessionView, type WatchItem } from '../../sidecar/contract/index.ts'
import { foldItems, frameBatch } from './batch.ts'

interface Following {
  client: Client
  sessionId: SessionId
  signal: AbortSignal
  view(): SessionView | null
  onView(view: SessionView): void
}

/**
 * Follows a session over one line until the line or the caller ends it. Goes on after what the view surely holds; a gap
 * in the log starts it over from a snapshot.
 * @throws what the watch throws: the line is gone, or the session is
 */
export async function followSession({ client, sessionId, signal, view, onView }: Following): Promise<void> {
  let fromSnapshot = false
  while (!signal.aborted) {
    const round = new AbortController()
    const until = AbortSignal.any([signal, round.signal])
    let gap = false
    const batch = frameBatch((items: readonly WatchItem[]) => {
      try {
        const next = foldItems(view(), items)
        if (next) onView(next)
      } catch {
        gap = true
        round.abort()
      }
    })
    try {
      const after = fromSnapshot ? undefined : resumeFrom(view())
      const stream = await client.sessions.watch({ sessionId, ...(after !== undefined && { after }) }, { signal: until })
      for await (const item of stream) batch.push(item)
      if (!gap) return
    } catch (error) {
      if (!gap) throw error
    } finally {
      batch.stop()
    }
    fromSnapshot = true
  }
}
