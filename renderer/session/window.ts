import type { Message, SessionView } from '../../sidecar/contract/index.ts'

/** How many messages the screen holds while it follows the newest, and what it is cut back to. */
export const WINDOW = { most: 400, keep: 200 } as const

/** The most messages the screen holds while a person reads upwards. */
export const MOST_HELD = 20_000

/** Puts an earlier page before the view's messages; a page that does not end where the view begins is left out. */
export function prepend(view: SessionView, before: number, page: { messages: Message[]; earlier: number }): SessionView {
  if (view.earlier !== before || page.messages.length === 0) return view
  return { ...view, messages: [...page.messages, ...view.messages], earlier: page.earlier }
}

/** Forgets the oldest messages of a view that grew past the window. They stay in the log. */
export function trim(view: SessionView, most: number = WINDOW.most, keep: number = WINDOW.keep): SessionView {
  if (view.messages.length <= most) return view
  const dropped = view.messages.length - keep
  return { ...view, messages: view.messages.slice(dropped), earlier: view.earlier + dropped }
}

/** A fresh snapshot, with the earlier messages that the old view held kept in front of it where the two meet. */
export function renew(old: SessionView | null, fresh: SessionView): SessionView {
  const first = fresh.messages[0]
  if (!old || !first || old.summary.id !== fresh.summary.id) return fresh
  const at = old.messages.findIndex((m) => m.id === first.id)
  if (at <= 0 || fresh.earlier - at < 0) return fresh
  return { ...fresh, messages: [...old.messages.slice(0, at), ...fresh.messages], earlier: fresh.earlier - at }
}
