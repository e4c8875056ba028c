import { Dialog } from '@base-ui/react/dialog'
import { Command } from 'cmdk'
import { useEffect } from 'react'
import { archive, cancelTurn, newSession, openSession } from '../actions.ts'
import { useOpen } from '../stores/open-session.ts'
import { useSessions } from '../stores/sessions.ts'
import { useUi } from '../stores/ui.ts'
import { toggleTerminals } from '../terminal/use-terminal-keys.ts'
import { StatusDot } from '../ui/status-dot.tsx'

const MOST_SESSIONS = 50

/** Everything that can be done, by name. Opens with ⌘K or Ctrl K. */
export function Palette() {
  const open = useUi((ui) => ui.dialog === 'palette')
  const setDialog = useUi((ui) => ui.setDialog)
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.key.toLowerCase() !== 'k' || !(event.metaKey || event.ctrlKey) || event.altKey || event.shiftKey) return
      event.preventDefault()
      const ui = useUi.getState()
      ui.setDialog(ui.dialog === 'palette' ? null : 'palette')
    }
    window.addEventListener('keydown', onKey)
    return () => window.removeEventListener('keydown', onKey)
  }, [])
  return (
    <Dialog.Root open={open} onOpenChange={(next) => setDialog(next ? 'palette' : null)}>
      <Dialog.Portal>
        <Dialog.Backdrop className="fixed inset-0 z-40 bg-shade" />
        <Dialog.Popup data-testid="palette" className="modal" aria-label="Commands">
          <Commands onDone={() => setDialog(null)} />
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  )
}

function Commands({ onDone }: { onDone(): void }) {
  const sessionId = useOpen((store) => store.sessionId)
  const status = useOpen((store) => store.view?.summary.status)
  const rows = useSessions((store) => store.rows)
  const { setTheme, setPane, setDialog, setRenaming, toggleSidebar } = useUi.getState()
  const item = (name: string, act: () => void) => (
    <Command.Item
      className="popup-item"
      onSelect={() => {
        onDone()
        act()
      }}
    >
      {name}
    </Command.Item>
  )
  return (
    <Command label="Commands" loop className="flex min-h-0 flex-col">
      <Command.Input
        placeholder="Do something, or go to a session"
        className="h-11 shrink-0 border-b border-line bg-transparent px-4 outline-none placeholder:text-faint"
      />
      <Command.List className="min-h-0 overflow-y-auto p-1">
        <Command.Empty className="px-2 py-3 text-[13px] text-faint">Nothing of that name</Command.Empty>
        <Command.Group heading="Session">
          {item('New session', () => newSession())}
          {sessionId && (status === 'running' || status === 'waiting') && item('Stop turn', () => cancelTurn(sessionId))}
          {sessionId &&
            item('Rename session', () => {
              toggleSidebar(true)
              setRenaming(sessionId)
            })}
          {sessionId && item('Archive session', () => archive(sessionId, true))}
          {sessionId && item('Show or hide terminals', () => toggleTerminals())}
          {sessionId && item('Choose model', () => setDialog('model'))}
          {sessionId && item('Choose mode', () => setDialog('mode'))}
          {sessionId && item('Choose isolation', () => setDialog('isolation'))}
          {sessionId && item('Copy from your vault', () => setDialog('vault'))}
        </Command.Group>
        <Command.Group heading="Oxbow">
          {item('Settings and checks', () => setPane('settings'))}
          {item('Memory', () => setPane('memory'))}
          {item('Usage and budgets', () => setPane('usage'))}
          {item('Audit record', () => setPane('audit'))}
          {item('Theme: light', () => setTheme('light'))}
          {item('Theme: dark', () => setTheme('dark'))}
          {item('Theme: as the system', () => setTheme('system'))}
          {item('Show or hide sessions', () => toggleSidebar())}
        </Command.Group>
        <Command.Group heading="Go to">
          {rows
            .filter((row) => !row.archived && row.id !== sessionId)
            .slice(0, MOST_SESSIONS)
            .map((row) => (
              <Command.Item
                key={row.id}
                value={`${row.title} ${row.id}`}
                className="popup-item"
                onSelect={() => {
                  onDone()
                  openSession(row.id)
                }}
              >
                <StatusDot status={row.status} />
                <span className="truncate">{row.title || 'New session'}</span>
              </Command.Item>
            ))}
        </Command.Group>
      </Command.List>
    </Command>
  )
}
