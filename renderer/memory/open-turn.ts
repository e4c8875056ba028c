import { create } from 'zustand'
import type { Message, MessageId, SessionId, TurnId } from '../../sidecar/contract/index.ts'
import { openSession } from '../actions.ts'
import { useNotices } from '../stores/notices.ts'
import { useOpen } from '../stores/open-session.ts'

interface Sought {
  /** The message that the conversation shall show next; null: none. */
  id: MessageId | null
  /** The one that was shown so, and is marked. */
  marked: MessageId | null
}

export const useSought = create<Sought>(() => ({ id: null, marked: null }))

const LOOK_MS = 100
const MOST_LOOKS = 100

/** Opens a conversation at one of its messages, as far back as the screen can hold. */
export const openTurn = (session: SessionId, message: MessageId): Promise<void> => openAt(session, ({ id }) => id === message)

/** Opens a conversation where one of its turns begins. */
export const openBeginning = (session: SessionId, turn: TurnId): Promise<void> => openAt(session, ({ turnId }) => turnId === turn)

async function openAt(session: SessionId, wanted: (message: Message) => boolean): Promise<void> {
  openSession(session)
  for (let look = 0; look < MOST_LOOKS && useOpen.getState().view?.summary.id !== session; look++)
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS))
  for (let held = -1; held !== useOpen.getState().ids.length; ) {
    const { ids, view, loadEarlier } = useOpen.getState()
    if (view?.summary.id !== session) return
    held = ids.length
    // Where the first one fits, the beginning may be before it.
    if (view.messages.findIndex(wanted) > 0 || view.earlier === 0) break
    await loadEarlier()
  }
  const found = useOpen.getState().view?.messages.find(wanted)
  if (found) useSought.setState({ id: found.id, marked: found.id })
  else useNotices.getState().add({ message: 'That part of the conversation is further back than this screen holds' })
}
