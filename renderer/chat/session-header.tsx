import { PanelLeft, SquareTerminal } from 'lucide-react'
import { useOpen } from '../stores/open-session.ts'
import { useUi } from '../stores/ui.ts'
import { toggleTerminals } from '../terminal/use-terminal-keys.ts'
import { ConnectionBadge } from './connection-badge.tsx'
import { HostBadge } from './host-badge.tsx'
import { SpaceBadge } from './space-badge.tsx'
import { TaintBadge } from './taint-badge.tsx'

/** The line above the conversation: where one is, and how the connection stands. */
export function SessionHeader({ title }: { title?: string }) {
  const sessionTitle = useOpen((store) => store.view?.summary.title)
  const sidebar = useUi((ui) => ui.sidebar)
  const terminal = useUi((ui) => ui.terminal)
  const toggleSidebar = useUi((ui) => ui.toggleSidebar)
  return (
    <header className="flex h-11 shrink-0 items-center gap-2 border-b border-line px-3">
      {!sidebar && (
        <button type="button" className="icon-button -ml-1 size-8" aria-label="Show sessions" onClick={() => toggleSidebar(true)}>
          <PanelLeft size={16} />
        </button>
      )}
      {title === undefined && <HostBadge />}
      <h1 className="min-w-0 flex-1 truncate text-[13px] font-semibold">{title ?? (sessionTitle || 'New session')}</h1>
      {title === undefined && <TaintBadge />}
      {title === undefined && <SpaceBadge />}
      {title === undefined && (
        <button
          type="button"
          className="icon-button size-8"
          aria-label="Terminals"
          aria-pressed={terminal}
          title="Terminals (Ctrl `)"
          onClick={toggleTerminals}
        >
          <SquareTerminal size={16} />
        </button>
      )}
      <ConnectionBadge />
    </header>
  )
}
