import { create } from 'zustand'
import type { Message, MessageId, SessionId, SessionView } from '../../sidecar/contract/index.ts'
import type { Words } from '../connection/words.ts'
import { MOST_HELD, prepend, trim } from '../session/window.ts'
import { online } from './connection.ts'

interface OpenSession {
  sessionId: SessionId | null
  /** Null until the first snapshot is there. */
  view: SessionView | null
  /** Ids of the messages in the window; keeps its identity while a message only grows. */
  ids: readonly MessageId[]
  failure: Words | null
  loadingEarlier: boolean
  /** True while the person reads the newest messages: then the window may forget the oldest. */
  atEnd: boolean
  open(sessionId: SessionId | null): void
  show(sessionId: SessionId, view: SessionView): void
  fail(sessionId: SessionId, failure: Words): void
  setAtEnd(atEnd: boolean): void
  loadEarlier(): Promise<void>
}

export const useOpen = create<OpenSession>()((set, get) => ({
  sessionId: null,
  view: null,
  ids: [],
  failure: null,
  loadingEarlier: false,
  atEnd: true,
  open: (sessionId) => {
    if (get().sessionId === sessionId) return
    set({ sessionId, view: null, ids: [], failure: null, loadingEarlier: false, atEnd: true })
  },
  show: (sessionId, view) => {
    const { sessionId: current, ids, atEnd } = get()
    if (current !== sessionId) return
    const held = atEnd ? trim(view) : view
    set({ view: held, ids: sameIds(ids, held.messages), failure: null })
  },
  fail: (sessionId, failure) => {
    if (get().sessionId === sessionId) set({ failure })
  },
  setAtEnd: (atEnd) => {
    if (get().atEnd !== atEnd) set({ atEnd })
  },
  loadEarlier: async () => {
    const { view, sessionId, loadingEarlier } = get()
    if (!view || !sessionId || loadingEarlier || view.earlier === 0 || view.messages.length >= MOST_HELD) return
    set({ loadingEarlier: true })
    try {
      const before = view.earlier
      const page = await online().sessions.messages({ sessionId, before })
      const now = get()
      if (now.sessionId !== sessionId || !now.view) return
      const next = prepend(now.view, before, page)
      set({ view: next, ids: sameIds(now.ids, next.messages) })
    } catch {
      // The line is gone, which the connection state tells; scrolling asks again.
    } finally {
      if (get().sessionId === sessionId) set({ loadingEarlier: false })
    }
  },
}))

/** Ids change at the ends only: the window is a stretch of an append-only list. */
function sameIds(ids: readonly MessageId[], messages: readonly Message[]): readonly MessageId[] {
  const same = ids.length === messages.length && ids[0] === messages[0]?.id && ids.at(-1) === messages.at(-1)?.id
  return same ? ids : messages.map((m) => m.id)
}

/** A message of the open session by id. */
export const useMessage = (id: MessageId): Message | undefined =>
  useOpen(({ ids, view }) => {
    const at = placesOf(ids).get(id)
    return at === undefined ? undefined : view?.messages[at]
  })

/** Made once for each list of ids: every row asks with every frame. */
const places = new WeakMap<readonly MessageId[], ReadonlyMap<MessageId, number>>()

function placesOf(ids: readonly MessageId[]): ReadonlyMap<MessageId, number> {
  const known = places.get(ids)
  if (known) return known
  const made = new Map(ids.map((id, at) => [id, at]))
  places.set(ids, made)
  return made
}
