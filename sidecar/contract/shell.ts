/**
 * What crosses between the shell (main, preload) and the window, and between a supervisor and the sidecar.
 * Everything else goes through the contract's procedures.
 */

/** What preload exposes as `window.oxbow`. Absent in a browser. */
export interface ShellApi {
  readonly platform: 'darwin' | 'linux'
  /** Asks for a port to the sidecar. It arrives as a `message` event on the window with `data === 'oxbow:port'`. */
  requestPort(): void
  /** The system's folder dialog; null when the person changed their mind. */
  pickFolder(): Promise<string | null>
  /** Opens an http(s) or mailto link in the person's own browser; anything else is refused. */
  openExternal(url: string): Promise<void>
  onSidecar(listener: (state: SidecarState) => void): () => void
}

/** What the supervisor knows about the sidecar. */
export type SidecarState =
  | { state: 'starting' }
  | { state: 'ready' }
  | { state: 'restarting'; attempt: number; delayMs: number }
  | { state: 'failed'; logPath: string; message: string }
  | { state: 'stopped' }

/** Sidecar → supervisor, over the process channel. */
export type SidecarReport =
  | { type: 'ready'; url: string | null; link: string | null; pid: number }
  | { type: 'refused'; message: string; hint?: string }

/** Supervisor → sidecar. In Electron a `port` message carries one MessagePort. */
export type SidecarOrder = { type: 'port' } | { type: 'stop' }

/** The event's `data` when preload hands the window its port. */
export const PORT_MESSAGE = 'oxbow:port'
