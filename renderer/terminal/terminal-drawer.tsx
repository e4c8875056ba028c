import { Plus, Trash2, X } from 'lucide-react'
import { useEffect } from 'react'
import type { ProcessInfo } from '../../sidecar/contract/index.ts'
import { focusComposer } from '../actions.ts'
import { useConnection } from '../stores/connection.ts'
import { useOpen } from '../stores/open-session.ts'
import { useUi } from '../stores/ui.ts'
import { closeTerminal, openTerminal, refresh, takeOver, useTerminals } from './store.ts'
import { mayType, TerminalView } from './terminal-view.tsx'

/** How often it is looked whether an agent started something, in milliseconds. */
const LOOK_MS = 3000

/** Terminals and background processes of the open session, below its conversation. */
export function TerminalDrawer() {
  const sessionId = useOpen((store) => store.sessionId)
  const client = useConnection((store) => store.client)
  const status = useOpen((store) => store.view?.summary.status)
  const { processes, active, known, activate } = useTerminals()
  const current = useTerminals((store) => store.sessionId === sessionId)
  // biome-ignore lint/correctness/useExhaustiveDependencies: a turn that begins or ends is a reason to look at once
  useEffect(() => {
    if (!sessionId || !client) return
    void refresh(sessionId)
    const timer = setInterval(() => void refresh(sessionId), LOOK_MS)
    return () => clearInterval(timer)
  }, [sessionId, client, status])
  if (!sessionId) return null
  const listed = current ? processes : []
  const chosen = listed.find(({ id }) => id === active)
  return (
    <section
      aria-label="Terminals"
      data-testid="terminal-drawer"
      data-terminal
      className="flex h-[40vh] min-h-40 shrink-0 flex-col border-t border-line bg-page"
    >
      <div className="flex h-9 shrink-0 items-center gap-1 border-b border-line px-2">
        <div role="tablist" aria-label="Terminals of this session" className="flex min-w-0 flex-1 gap-0.5 overflow-x-auto">
          {listed.map((process, at) => (
            <button
              key={process.id}
              type="button"
              role="tab"
              aria-selected={process.id === active}
              title={process.startedBy === 'agent' ? process.command : 'Your terminal'}
              className={`flex h-7 max-w-48 shrink-0 items-center gap-1.5 rounded-md px-2 text-[13px] ${process.id === active ? 'bg-hover text-ink' : 'text-soft hover:bg-hover'}`}
              onClick={() => activate(process.id)}
            >
              <span
                aria-hidden
                className={`size-1.5 shrink-0 rounded-full ${process.ended ? 'bg-line-strong' : process.startedBy === 'agent' ? 'bg-accent' : 'bg-ok'}`}
              />
              <span className="truncate">{nameOf(process, at)}</span>
              {process.ended && <span className="text-xs text-faint">{endOf(process)}</span>}
            </button>
          ))}
          {known && listed.length === 0 && <span className="self-center px-1 text-[13px] text-faint">No terminal is open.</span>}
        </div>
        {chosen && chosen.startedBy === 'agent' && !chosen.takenOver && !chosen.ended && (
          <button type="button" className="button h-6" onClick={() => takeOver(chosen)}>
            Take over
          </button>
        )}
        <button
          type="button"
          className="icon-button size-7"
          aria-label="New terminal"
          title="New terminal"
          onClick={() => openTerminal(sessionId)}
        >
          <Plus size={15} />
        </button>
        {chosen && (
          <button
            type="button"
            className="icon-button size-7"
            aria-label={chosen.ended ? 'Remove this terminal' : 'End this terminal'}
            title={chosen.ended ? 'Remove' : 'End with all it started'}
            onClick={() => closeTerminal(chosen)}
          >
            <Trash2 size={14} />
          </button>
        )}
        <button
          type="button"
          className="icon-button size-7"
          aria-label="Hide terminals"
          title="Hide (Ctrl `)"
          onClick={() => {
            useUi.getState().toggleTerminal(false)
            focusComposer()
          }}
        >
          <X size={15} />
        </button>
      </div>
      {listed.map((process, at) => (
        <TerminalView
          key={process.id}
          process={process}
          shown={process.id === active}
          label={`${nameOf(process, at)}${mayType(process) ? '' : ', read only'}`}
        />
      ))}
    </section>
  )
}

const nameOf = ({ startedBy, command }: ProcessInfo, at: number): string =>
  startedBy === 'person' ? `Terminal ${at + 1}` : (command.trim().split('\n')[0] ?? 'Process')

function endOf({ ended }: ProcessInfo): string {
  if (!ended || ended.killed) return 'ended'
  return ended.code === null ? (ended.signal ?? 'ended') : `exit ${ended.code}`
}
