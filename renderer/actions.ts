import type {
  ApprovalId,
  ApprovalScope,
  Isolation,
  MessageId,
  Mode,
  PolicyRule,
  SessionId,
  UserPart,
} from '../sidecar/contract/index.ts'
import { inWords } from './connection/words.ts'
import { made, nameSession } from './session/made.ts'
import { online } from './stores/connection.ts'
import { useNotices } from './stores/notices.ts'
import { useOpen } from './stores/open-session.ts'
import { useSessions } from './stores/sessions.ts'
import { closeOverlaySidebar, useUi } from './stores/ui.ts'

/** Runs a call; a failure becomes a notice. @returns the answer, or undefined when it failed */
export async function attempt<T>(call: () => Promise<T>): Promise<T | undefined> {
  try {
    return await call()
  } catch (error) {
    useNotices.getState().add(inWords(error))
    return undefined
  }
}

export function openSession(sessionId: SessionId): void {
  useUi.getState().setPane('chat')
  closeOverlaySidebar()
  useOpen.getState().open(sessionId)
  if (location.hash !== `#/${sessionId}`) history.pushState(null, '', `#/${sessionId}`)
}

/** The session named in the address, if any. */
export function addressedSession(): SessionId | null {
  const id = location.hash.slice(2)
  return id.startsWith('ses_') ? (id as SessionId) : null
}

/** The session that this window named last, and those that are fresh no more: something was sent there, or they were put away. */
let named: SessionId | undefined
const used = new Set<SessionId>()

/** Opens a fresh session; one that was never written to is used again rather than a second one made. */
export function newSession(): void {
  named = unused() ?? nameSession()
  openSession(named)
  focusComposer()
}

function unused(): SessionId | undefined {
  const { rows } = useSessions.getState()
  const fresh = rows.find(
    ({ id, messageCount, status, archived }) => messageCount === 0 && status === 'idle' && !archived && !used.has(id),
  )
  if (fresh) return fresh.id
  // The list hears of a session a little later than this window.
  return named && !used.has(named) && !rows.some(({ id }) => id === named) ? named : undefined
}

export function focusComposer(): void {
  requestAnimationFrame(() => document.querySelector<HTMLTextAreaElement>('[data-testid="composer"]')?.focus())
}

export const rename = (sessionId: SessionId, title: string) => attempt(() => online().sessions.rename({ sessionId, title }))

/** Archives a session or brings it back; the one archived makes place for the next in the list. */
export async function archive(sessionId: SessionId, archived: boolean): Promise<void> {
  const done = await attempt(() => online().sessions.archive({ sessionId, archived }))
  if (!done || !archived) return
  used.add(sessionId)
  if (useOpen.getState().sessionId !== sessionId) return
  const next = useSessions.getState().rows.find((row) => !row.archived && row.id !== sessionId)
  if (next) openSession(next.id)
  else newSession()
}

/** What of a session is changed; isolation null: what the settings say. */
type Change = { model?: string; mode?: Mode; workspace?: string; isolation?: Isolation | null; space?: string }

export const configure = (sessionId: SessionId, change: Change) =>
  attempt(async () => {
    await made(sessionId)
    return online().sessions.configure({ sessionId, ...change })
  })

/** @returns true once the message is accepted: only then may the composer forget it */
export async function send(sessionId: SessionId, messageId: MessageId, parts: UserPart[], steer: boolean): Promise<boolean> {
  used.add(sessionId)
  const accepted = await attempt(async () => {
    await made(sessionId)
    return online().turns.send({ sessionId, messageId, parts, steer })
  })
  return accepted !== undefined
}

export const cancelTurn = (sessionId: SessionId) => attempt(() => online().turns.cancel({ sessionId }))
export const continueTurn = (sessionId: SessionId) => attempt(() => online().turns.continue({ sessionId }))
export const unqueue = (sessionId: SessionId, messageId: MessageId) =>
  attempt(() => online().turns.unqueue({ sessionId, messageId }))

export const answer = (approvalId: ApprovalId, allow: boolean, scope: ApprovalScope, note: string, rules?: PolicyRule[]) =>
  attempt(() =>
    online().approvals.answer({ approvalId, allow, scope, ...(note.trim() && { note: note.trim() }), ...(rules && { rules }) }),
  )

/** Answers several questions alike, each for this once. */
export const answerAll = (approvalIds: ApprovalId[], allow: boolean, note: string) =>
  attempt(() => online().approvals.answerAll({ approvalIds, allow, ...(note.trim() && { note: note.trim() }) }))
