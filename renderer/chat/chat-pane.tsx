import { useEffect } from 'react'
import { cancelTurn, focusComposer } from '../actions.ts'
import { Composer } from '../composer/composer.tsx'
import { useDrafts } from '../stores/drafts.ts'
import { useOpen } from '../stores/open-session.ts'
import { ApprovalBar } from './approval-bar.tsx'
import { EmptyState } from './empty-state.tsx'
import { MessageList } from './message-list.tsx'
import { Queue } from './queue.tsx'
import { SessionHeader } from './session-header.tsx'
import { TurnBanner } from './turn-banner.tsx'
import { TurnPause, TurnWarnings } from './turn-pause.tsx'

/** The open session: its messages, what it asks, and where one answers. */
export function ChatPane() {
  const sessionId = useOpen((store) => store.sessionId)
  const ready = useOpen((store) => store.view !== null)
  const empty = useOpen((store) => store.view !== null && store.ids.length === 0 && store.view.queue.length === 0)
  const model = useOpen((store) => store.view?.summary.model ?? '')
  const failure = useOpen((store) => store.failure)
  const status = useOpen((store) => store.view?.summary.status)
  useEscapeCancels()
  return (
    <main className="flex min-h-0 min-w-0 flex-1 flex-col" aria-label="Chat">
      <SessionHeader />
      {empty && sessionId ? (
        <EmptyState
          model={model}
          onPrompt={(text) => {
            useDrafts.getState().write(sessionId, text)
            focusComposer()
          }}
        />
      ) : ready ? (
        <MessageList key={sessionId} />
      ) : (
        <p className="column flex-1 py-8 text-faint" role="status">
          {failure ? `${failure.message}${failure.hint ? ` — ${failure.hint}` : ''}` : sessionId ? 'Opening…' : ''}
        </p>
      )}
      <p className="sr-only" aria-live="polite">
        {status === 'running'
          ? 'Oxbow is working'
          : status === 'waiting'
            ? 'Oxbow asks for permission'
            : status === 'idle'
              ? 'Oxbow is done'
              : ''}
      </p>
      {/* In a low window it scrolls by itself, rather than push the composer out of it. */}
      <div className="column overflow-y-auto pb-3">
        {ready && failure && (
          <p role="status" className="mb-2 px-1 text-[13px] text-bad">
            This session cannot be followed: {failure.message}
          </p>
        )}
        <TurnBanner />
        <TurnPause />
        <TurnWarnings />
        <ApprovalBar />
        <Queue />
        {sessionId && <Composer key={sessionId} sessionId={sessionId} />}
      </div>
    </main>
  )
}

/** Escape stops the running turn, unless a dialog or menu is there for it to close. */
function useEscapeCancels(): void {
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.key !== 'Escape' || event.defaultPrevented || event.isComposing) return
      // A program in a terminal has its own use for it.
      if (event.target instanceof Element && event.target.closest('[data-terminal]')) return
      if (document.querySelector('[role="dialog"], [role="menu"], [role="listbox"]')) return
      const { sessionId, view } = useOpen.getState()
      const status = view?.summary.status
      if (sessionId && (status === 'running' || status === 'waiting')) void cancelTurn(sessionId)
    }
    // Before Base UI sees the key: a menu that it closes must still be there to be found.
    window.addEventListener('keydown', onKey, { capture: true })
    return () => window.removeEventListener('keydown', onKey, { capture: true })
  }, [])
}
