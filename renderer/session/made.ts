import type { SessionId } from '../../sidecar/contract/index.ts'
import { online } from '../stores/connection.ts'
import { newSessionId } from './new-id.ts'

/** Sessions that this window has named and the sidecar is not known to have; with each, the call that makes it now. */
const unmade = new Map<SessionId, Promise<unknown> | undefined>()

/** Names a new session: it can be opened and written in at once, and whoever needs it first has it made. */
export function nameSession(): SessionId {
  const id = newSessionId()
  unmade.set(id, undefined)
  return id
}

/** Comes back once the sidecar has the session, which is made if need be. @throws what making it throws; asked again, it is tried again */
export async function made(sessionId: SessionId): Promise<void> {
  if (!unmade.has(sessionId)) return
  const call = unmade.get(sessionId) ?? online().sessions.create({ sessionId })
  unmade.set(sessionId, call)
  try {
    await call
    unmade.delete(sessionId)
  } catch (error) {
    if (unmade.get(sessionId) === call) unmade.set(sessionId, undefined)
    throw error
  }
}
