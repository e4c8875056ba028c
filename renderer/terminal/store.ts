import { create } from 'zustand'
import type { ProcessId, ProcessInfo, SessionId } from '../../sidecar/contract/index.ts'
import { attempt } from '../actions.ts'
import { made } from '../session/made.ts'
import { online, useConnection } from '../stores/connection.ts'

interface TerminalStore {
  /** Terminals and background processes of the session that is shown, oldest first. */
  processes: readonly ProcessInfo[]
  sessionId: SessionId | null
  active: ProcessId | null
  /** Whether the session's were asked for and have come. */
  known: boolean
  activate(id: ProcessId): void
  update(process: ProcessInfo): void
}

export const useTerminals = create<TerminalStore>()((set) => ({
  processes: [],
  sessionId: null,
  active: null,
  known: false,
  activate: (active) => set({ active }),
  update: (process) =>
    set((store) => ({ processes: store.processes.map((known) => (known.id === process.id ? process : known)) })),
}))

/** Asks what there is in a session. What cannot be asked now is asked again by the caller. */
export async function refresh(sessionId: SessionId): Promise<void> {
  const { client } = useConnection.getState()
  if (!client) return
  const answer = await client.terminals.list({ sessionId }).catch(() => undefined)
  if (answer) show(sessionId, answer.processes)
}

function show(sessionId: SessionId, processes: readonly ProcessInfo[]): void {
  useTerminals.setState((store) => {
    const kept = processes.some(({ id }) => id === store.active) ? store.active : null
    return { processes, sessionId, known: true, active: kept ?? processes.at(-1)?.id ?? null }
  })
}

/** Opens a person's own terminal; its size follows once it is drawn. */
export async function openTerminal(sessionId: SessionId): Promise<void> {
  const opened = await attempt(async () => {
    await made(sessionId)
    return online().terminals.open({ sessionId, columns: 80, rows: 24 })
  })
  if (!opened) return
  useTerminals.setState({ active: opened.id })
  await refresh(sessionId)
  useTerminals.setState({ active: opened.id })
}

/** Ends a process and takes its tab away. */
export async function closeTerminal({ id, sessionId }: ProcessInfo): Promise<void> {
  await attempt(() => online().terminals.close({ id }))
  await refresh(sessionId)
}

/** From now on the person types into what an agent started. */
export async function takeOver({ id, sessionId }: ProcessInfo): Promise<void> {
  await attempt(() => online().terminals.write({ id, data: '', takeOver: true }))
  await refresh(sessionId)
}
