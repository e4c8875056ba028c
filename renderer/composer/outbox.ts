import { create } from 'zustand'
import type { MessageId, SessionId } from '../../sidecar/contract/index.ts'

/** A message that was sent and is not known to be accepted. Sent again unchanged, it is the same message. */
interface Sent {
  id: MessageId
  text: string
  /** What was attached, by identity. */
  files: string
  /** The call is under way; else it failed, and nobody knows whether it arrived. */
  underWay: boolean
}

interface Outbox {
  /** By session, so that going to another and back sends nothing twice. */
  sent: Readonly<Record<string, Sent>>
  set(sessionId: SessionId, sent: Sent | undefined): void
}

export const useOutbox = create<Outbox>()((set) => ({
  sent: {},
  set: (sessionId, sent) =>
    set((store) => {
      const { [sessionId]: _, ...others } = store.sent
      return { sent: sent ? { ...others, [sessionId]: sent } : others }
    }),
}))
