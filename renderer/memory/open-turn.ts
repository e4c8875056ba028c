import { create } from 'zustand'
import type { MessageId, SessionId } from '../../sidecar/contract/index.ts'
import { openSession } from '../actions.ts'
import { useOpen } from '../stores/open-session.ts'

/** The message that the conversation shall show next; null: none. */
export const useSought = create<{ id: MessageId | null }>(() => ({ id: null }))

const MOST_PAGES = 50
const LOOK_MS = 100
const MOST_LOOKS = 100

/** Opens a conversation at one of its messages, as far back as the screen can hold. */
export async function openTurn(session: SessionId, message: MessageId): Promise<void> {
  openSession(session)
  for (let look = 0; look < MOST_LOOKS && useOpen.getState().view?.summary.id !== session; look++)
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS))
  for (let page = 0; page < MOST_PAGES; page++) {
    const { ids, view, loadEarlier } = useOpen.getState()
    if (view?.summary.id !== session) return
    if (ids.includes(message) || view.earlier === 0) break
    await loadEarlier()
    if (useOpen.getState().ids.length === ids.length) break
  }
  useSought.setState({ id: message })
}
