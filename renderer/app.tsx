import { lazy, Suspense, useEffect } from 'react'
import { addressedSession, newSession, openSession } from './actions.ts'
import { ChatPane } from './chat/chat-pane.tsx'
import { Palette } from './palette/palette.tsx'
import { keepFollowing } from './session/keep.ts'
import { SettingsPane } from './settings/settings-pane.tsx'
import { Sidebar } from './sidebar/sidebar.tsx'
import { standing, useConnection } from './stores/connection.ts'
import { useModels } from './stores/models.ts'
import { useOpen } from './stores/open-session.ts'
import { useSessions } from './stores/sessions.ts'
import { useUi } from './stores/ui.ts'
import { useTerminalKeys } from './terminal/use-terminal-keys.ts'
import { FullPage } from './ui/full-page.tsx'
import { Notices } from './ui/notices.tsx'

const AuditPane = lazy(async () => ({ default: (await import('./audit/audit-pane.tsx')).AuditPane }))
const MemoryPane = lazy(async () => ({ default: (await import('./memory/memory-pane.tsx')).MemoryPane }))
/** Loaded when they are opened: they bring libraries that draw terminals and charts. */
const TerminalDrawer = lazy(async () => ({ default: (await import('./terminal/terminal-drawer.tsx')).TerminalDrawer }))
const UsagePane = lazy(async () => ({ default: (await import('./usage/usage-pane.tsx')).UsagePane }))

/** The window. */
export function App() {
  const line = useConnection((store) => store.line)
  const sidecar = useConnection((store) => store.sidecar)
  const state = standing({ line, sidecar })
  if (state.state === 'unauthorized') return <Unauthorized />
  if (state.state === 'failed') return <Failed message={state.message} logPath={state.logPath} />
  return <Workbench />
}

function Workbench() {
  const sidebar = useUi((ui) => ui.sidebar)
  const pane = useUi((ui) => ui.pane)
  const terminal = useUi((ui) => ui.terminal)
  useTerminalKeys()
  useFirstSession()
  useFollowing()
  useModelsLoaded()
  return (
    <div className="flex h-full">
      {sidebar && <Sidebar />}
      {pane === 'settings' && <SettingsPane />}
      {pane === 'usage' && (
        <Suspense>
          <UsagePane />
        </Suspense>
      )}
      {pane === 'audit' && (
        <Suspense>
          <AuditPane />
        </Suspense>
      )}
      {pane === 'memory' && (
        <Suspense>
          <MemoryPane />
        </Suspense>
      )}
      {pane === 'chat' && (
        <div className="flex min-w-0 flex-1 flex-col">
          <ChatPane />
          {terminal && (
            <Suspense>
              <TerminalDrawer />
            </Suspense>
          )}
        </div>
      )}
      <Palette />
      <Notices />
    </div>
  )
}

function Unauthorized() {
  return (
    <FullPage title="This page needs a fresh link">
      <p className="text-soft" data-testid="connection-state" data-state="unauthorized" role="status">
        Oxbow lets a browser in by a link that works once. The one you used is spent, or Oxbow was set up anew.
      </p>
      <p className="text-soft">Get a new one in a terminal:</p>
      <pre className="mono rounded-lg border border-line bg-raised px-3 py-2">npm start{'\n'}npm run oxbow -- status --link</pre>
    </FullPage>
  )
}

function Failed({ message, logPath }: { message: string; logPath: string }) {
  return (
    <FullPage title="Oxbow could not start">
      <p className="text-soft" data-testid="connection-state" data-state="failed" role="status">
        {message}
      </p>
      <p className="text-soft">
        Its log says more: <code className="mono">{logPath}</code>
      </p>
    </FullPage>
  )
}

/** Opens the session the address names, else the newest, else a new one. */
function useFirstSession(): void {
  const ready = useSessions((store) => store.ready)
  useEffect(() => {
    if (!ready || useOpen.getState().sessionId) return
    const open = addressedSession() ?? useSessions.getState().rows.find((row) => !row.archived)?.id
    if (open) openSession(open)
    else newSession()
  }, [ready])
  useEffect(() => {
    const onPop = () => {
      const sessionId = addressedSession()
      if (sessionId) openSession(sessionId)
    }
    window.addEventListener('popstate', onPop)
    return () => window.removeEventListener('popstate', onPop)
  }, [])
}

function useFollowing(): void {
  const sessionId = useOpen((store) => store.sessionId)
  useEffect(() => (sessionId ? keepFollowing(sessionId) : undefined), [sessionId])
  const title = useOpen((store) => store.view?.summary.title)
  useEffect(() => {
    document.title = title ? `${title} · Oxbow` : 'Oxbow'
  }, [title])
}

function useModelsLoaded(): void {
  const online = useConnection((store) => store.client !== null)
  useEffect(() => {
    if (online) void useModels.getState().load()
  }, [online])
}
