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

/** Sidecar → supervisor: put a provider's key into the system's keychain, or take it out (null). Answered by `keyStored`. */
export interface KeyReport {
  type: 'storeKey'
  id: number
  provider: string
  key: string | null
}

/** How the computer stands, as the shell is told by the system. */
export interface PowerState {
  onBattery: boolean
  /** Nobody touched it for some minutes, or its screen is locked. */
  away: boolean
  suspended: boolean
}

/**
 * Supervisor → sidecar. In Electron a `port` message carries one MessagePort, and `keys` comes first of all: what the system's
 * keychain holds, by provider, or null where there is no keychain to trust.
 */
export type SidecarOrder =
  | { type: 'port' }
  | { type: 'stop' }
  /** How the computer stands, when that changes and to each sidecar that has become ready. */
  | { type: 'power'; state: PowerState }
  | { type: 'keys'; keys: Record<string, string> | null }
  | { type: 'keyStored'; id: number; problem: string | null }

/** The file in the home that holds keys as the system's keychain sealed them, in base64 by provider. */
export interface SealedKeys {
  version: 1
  keys: Record<string, string>
}

/** @throws Error where the content is of another kind */
export function sealedKeys(content: unknown): SealedKeys {
  const { version, keys } = (content ?? {}) as Partial<SealedKeys>
  const sound = version === 1 && typeof keys === 'object' && keys !== null
  if (!sound || Object.values(keys).some((key) => typeof key !== 'string')) throw new Error('no file of sealed keys')
  return { version, keys: { ...keys } }
}

/** The event's `data` when preload hands the window its port. */
export const PORT_MESSAGE = 'oxbow:port'
