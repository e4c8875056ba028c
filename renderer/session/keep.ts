import type { SessionId } from '../../sidecar/contract/index.ts'
import { backoff } from '../connection/backoff.ts'
import { inWords } from '../connection/words.ts'
import { useConnection } from '../stores/connection.ts'
import { useOpen } from '../stores/open-session.ts'
import { followSession } from './follow.ts'
import { made } from './made.ts'

/** Keeps the open session followed over whichever line is up. @returns how to stop */
export function keepFollowing(sessionId: SessionId): () => void {
  const stopped = new AbortController()
  let round = new AbortController()

  const run = async (signal: AbortSignal) => {
    const { client } = useConnection.getState()
    for (let attempt = 1; client && !signal.aborted; attempt++) {
      try {
        await made(sessionId)
        if (signal.aborted) return
        await followSession({
          client,
          sessionId,
          signal,
          view: () => useOpen.getState().view,
          onView: (view) => {
            attempt = 1
            useOpen.getState().show(sessionId, view)
          },
        })
      } catch (error) {
        if (signal.aborted || useConnection.getState().client !== client) return
        useOpen.getState().fail(sessionId, inWords(error))
      }
      await new Promise((resolve) => setTimeout(resolve, backoff(attempt)))
    }
  }

  const restart = () => {
    round.abort()
    round = new AbortController()
    void run(AbortSignal.any([stopped.signal, round.signal]))
  }
  const unsubscribe = useConnection.subscribe((now, before) => {
    if (now.client !== before.client) restart()
  })
  restart()
  return () => {
    unsubscribe()
    stopped.abort()
  }
}
