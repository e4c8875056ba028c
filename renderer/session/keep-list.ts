import { backoff } from '../connection/backoff.ts'
import { useConnection } from '../stores/connection.ts'
import { useSessions } from '../stores/sessions.ts'

/** Keeps the session list followed over whichever line is up, as long as the window lives. */
export function keepSessionList(): void {
  let round = new AbortController()
  const run = async (signal: AbortSignal) => {
    const { client } = useConnection.getState()
    for (let attempt = 1; client && !signal.aborted; attempt++) {
      try {
        for await (const item of await client.sessions.watchList(undefined, { signal })) {
          attempt = 1
          useSessions.getState().take(item)
        }
      } catch {
        // The line ended or the watch failed: the connection state tells the person, and the loop asks again.
      }
      if (signal.aborted || useConnection.getState().client !== client) return
      await new Promise((resolve) => setTimeout(resolve, backoff(attempt)))
    }
  }
  const restart = () => {
    round.abort()
    round = new AbortController()
    void run(round.signal)
  }
  useConnection.subscribe((now, before) => {
    if (now.client !== before.client) restart()
  })
  restart()
}
