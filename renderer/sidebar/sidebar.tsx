import { Brain, ChartColumn, PanelLeft, Plus, ScrollText, Search, Settings } from 'lucide-react'
import { type ReactNode, useState } from 'react'
import type { SessionSummary } from '../../sidecar/contract/index.ts'
import { newSession } from '../actions.ts'
import { useConnection } from '../stores/connection.ts'
import { useSessions } from '../stores/sessions.ts'
import { closeOverlaySidebar, useUi } from '../stores/ui.ts'
import { SessionRow } from './session-row.tsx'
import { useSearch } from './use-search.ts'

/** The sessions: find one, make one, put one away. */
export function Sidebar() {
  const [search, setSearch] = useState('')
  const [archived, setArchived] = useState(false)
  const rows = useSessions((store) => store.rows)
  const ready = useSessions((store) => store.ready)
  const online = useConnection((store) => store.client !== null)
  const found = useSearch(search, archived)
  const toggleSidebar = useUi((ui) => ui.toggleSidebar)
  const shown = found ? fresh(found, rows) : rows.filter((row) => row.archived === archived)
  return (
    <>
      <button
        type="button"
        tabIndex={-1}
        aria-label="Hide sessions"
        className="fixed inset-0 z-20 bg-shade md:hidden"
        onClick={() => toggleSidebar(false)}
      />
      <nav
        aria-label="Sessions"
        className="fixed inset-y-0 left-0 z-30 flex w-64 shrink-0 flex-col border-r border-line bg-side md:static"
      >
        <header className="flex h-11 shrink-0 items-center gap-1 pl-4 pr-2">
          <span className="flex-1 text-sm font-semibold tracking-tight">Oxbow</span>
          <button type="button" className="icon-button size-8" aria-label="Hide sessions" onClick={() => toggleSidebar(false)}>
            <PanelLeft size={16} />
          </button>
        </header>
        <div className="flex flex-col gap-2 px-2 pb-2">
          <button
            type="button"
            data-testid="new-session"
            className="button h-8 w-full"
            disabled={!online}
            onClick={() => newSession()}
          >
            <Plus size={15} aria-hidden /> New session
          </button>
          <label className="relative">
            <Search size={14} className="pointer-events-none absolute left-2.5 top-2 text-faint" aria-hidden />
            <input
              type="search"
              aria-label="Search sessions by title"
              placeholder="Search"
              maxLength={200}
              value={search}
              onChange={(event) => setSearch(event.target.value)}
              className="field h-[30px] border-line pl-8"
            />
          </label>
        </div>
        <ul
          data-testid="session-list"
          aria-label={archived ? 'Archived sessions' : 'Sessions'}
          className="min-h-0 flex-1 overflow-y-auto px-2 pb-2"
        >
          {shown.map((row) => (
            <SessionRow key={row.id} session={row} />
          ))}
          {ready && shown.length === 0 && (
            <li className="px-2 py-1.5 text-[13px] text-faint">
              {search ? 'Nothing of that name' : archived ? 'Nothing archived' : 'No sessions yet'}
            </li>
          )}
        </ul>
        <footer className="flex shrink-0 items-center justify-between border-t border-line p-2">
          <button
            type="button"
            className="picker whitespace-nowrap"
            aria-pressed={archived}
            onClick={() => setArchived(!archived)}
          >
            {archived ? 'Show current' : 'Show archived'}
          </button>
          <span className="flex">
            <PaneButton pane="memory" name="Memory" icon={<Brain size={16} />} />
            <PaneButton pane="usage" name="Usage and budgets" icon={<ChartColumn size={16} />} />
            <PaneButton pane="audit" name="Audit record" icon={<ScrollText size={16} />} />
            <PaneButton pane="settings" name="Settings and checks" icon={<Settings size={16} />} />
          </span>
        </footer>
      </nav>
    </>
  )
}

/** Opens a pane; again, it goes back to the chat. */
function PaneButton({ pane, name, icon }: { pane: 'settings' | 'usage' | 'audit' | 'memory'; name: string; icon: ReactNode }) {
  const open = useUi((ui) => ui.pane === pane)
  return (
    <button
      type="button"
      className="icon-button size-7"
      aria-label={name}
      title={name}
      aria-pressed={open}
      onClick={() => {
        useUi.getState().setPane(open ? 'chat' : pane)
        closeOverlaySidebar()
      }}
    >
      {icon}
    </button>
  )
}

/** Found rows as they are now: the list that lives knows better than the answer of a moment ago. */
function fresh(found: readonly SessionSummary[], rows: readonly SessionSummary[]): readonly SessionSummary[] {
  const byId = new Map(rows.map((row) => [row.id, row]))
  return found.map((row) => byId.get(row.id) ?? row)
}
