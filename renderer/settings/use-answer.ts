import { useCallback, useEffect, useState } from 'react'
import type { Client } from '../../sidecar/contract/index.ts'
import { inWords, type Words } from '../connection/words.ts'
import { useConnection } from '../stores/connection.ts'

type Answer<T> = { state: 'asking' } | { state: 'answered'; value: T } | { state: 'failed'; words: Words }

/** Asks once a line is there, and again when told to. @param ask must keep its identity */
export function useAnswer<T>(ask: (client: Client) => Promise<T>): [Answer<T>, () => void] {
  const client = useConnection((store) => store.client)
  const [answer, setAnswer] = useState<Answer<T>>({ state: 'asking' })
  const [round, setRound] = useState(0)
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new round asks again
  useEffect(() => {
    if (!client) return
    let current = true
    ask(client).then(
      (value) => current && setAnswer({ state: 'answered', value }),
      (error) => current && setAnswer({ state: 'failed', words: inWords(error) }),
    )
    return () => {
      current = false
    }
  }, [client, ask, round])
  return [answer, useCallback(() => setRound((r) => r + 1), [])]
}
