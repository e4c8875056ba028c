import { create } from 'zustand'
import type { Client, SidecarState } from '../../sidecar/contract/index.ts'
import type { ConnectionState } from '../connection/state.ts'
import { NotOnline } from '../connection/words.ts'

interface ConnectionStore {
  line: ConnectionState
  sidecar: SidecarState | null
  /** Null while no line is open. */
  client: Client | null
  hurry(): void
  setState(line: ConnectionState): void
  setClient(client: Client | null): void
  setSidecar(sidecar: SidecarState): void
}

export const useConnection = create<ConnectionStore>()((set) => ({
  line: { state: 'connecting' },
  sidecar: null,
  client: null,
  hurry: () => {},
  setState: (line) => set({ line }),
  setClient: (client) => set({ client }),
  setSidecar: (sidecar) => set({ sidecar }),
}))

/** How the connection stands: what the shell knows of the sidecar explains a missing line better than the line does. */
export function standing({ line, sidecar }: Pick<ConnectionStore, 'line' | 'sidecar'>): ConnectionState {
  if (line.state === 'online' || line.state === 'unauthorized') return line
  if (sidecar?.state === 'restarting') return { state: 'restarting', attempt: sidecar.attempt }
  if (sidecar?.state === 'failed') return { state: 'failed', message: sidecar.message, logPath: sidecar.logPath }
  if (sidecar?.state === 'stopped') return { state: 'stopped' }
  return line
}

/** The client of the open line. @throws NotOnline */
export function online(): Client {
  const { client } = useConnection.getState()
  if (!client) throw new NotOnline()
  return client
}
