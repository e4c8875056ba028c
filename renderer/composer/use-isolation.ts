import { useCallback } from 'react'
import type { Client, IsolationChoice, SessionId } from '../../sidecar/contract/index.ts'
import { useAnswer } from '../settings/use-answer.ts'
import { useOpen } from '../stores/open-session.ts'

/** The isolation that holds for the open session; undefined until it is known. */
export function useIsolation(sessionId: SessionId | null): IsolationChoice | undefined {
  const chosen = useOpen((store) => store.view?.summary.isolation)
  const workspace = useOpen((store) => store.view?.summary.workspace)
  // biome-ignore lint/correctness/useExhaustiveDependencies: what holds follows from both
  const ask = useCallback(
    async (client: Client) => (sessionId === null ? undefined : client.sandbox.choice({ sessionId })),
    [sessionId, chosen, workspace],
  )
  const [answer] = useAnswer(ask)
  return answer.state === 'answered' ? answer.value : undefined
}
