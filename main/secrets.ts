import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { type KeyReport, type SealedKeys, type SidecarOrder, sealedKeys } from '../sidecar/contract/shell.ts'
import type { ElectronParts } from './electron.ts'

type SafeStorage = Pick<
  ElectronParts['safeStorage'],
  'isEncryptionAvailable' | 'encryptString' | 'decryptString' | 'getSelectedStorageBackend'
>

/** The keys of providers, sealed by the system's keychain in a file of the home. */
export interface Vault {
  /** Opens all keys; null where there is no keychain to trust. Call it once the app is ready. */
  open(): Record<string, string> | null
  /** Null takes a key out. @throws Error where the keychain or the disk refuses */
  store(provider: string, key: string | null): void
}

export interface VaultOptions {
  path: string
  platform: NodeJS.Platform
  /** Told what went wrong; never a key. */
  complain(line: string): void
}

export function createVault(safeStorage: SafeStorage, { path, platform, complain }: VaultOptions): Vault {
  // Without a keyring, Linux "encrypts" with a password that everybody knows.
  const trusted = () =>
    safeStorage.isEncryptionAvailable() && (platform !== 'linux' || safeStorage.getSelectedStorageBackend() !== 'basic_text')
  return {
    open() {
      if (!trusted()) return null
      const opened = Object.entries(read(path, complain).keys).flatMap(([provider, sealed]) => {
        try {
          return [[provider, safeStorage.decryptString(Buffer.from(sealed, 'base64'))]]
        } catch {
          complain(`The system's keychain cannot open the key of ${provider}; add it again.`)
          return []
        }
      })
      return Object.fromEntries(opened) as Record<string, string>
    },
    store(provider, key) {
      if (!trusted()) throw new Error('there is none')
      const { keys } = read(path, complain)
      if (key === null) delete keys[provider]
      else keys[provider] = safeStorage.encryptString(key).toString('base64')
      write(path, { version: 1, keys })
    },
  }
}

interface Process {
  postMessage(order: SidecarOrder): void
  on(event: 'message', listener: (report: unknown) => void): unknown
}

/** Hands a sidecar its keys, and keeps those that it is given. Call it right after the start: the keys come before all else. */
export function serveVault(child: Process, vault: Vault): void {
  child.postMessage({ type: 'keys', keys: vault.open() })
  child.on('message', (report) => {
    if (!isKeyReport(report)) return
    child.postMessage({ type: 'keyStored', id: report.id, problem: tryStore(vault, report) })
  })
}

function tryStore(vault: Vault, { provider, key }: KeyReport): string | null {
  try {
    vault.store(provider, key)
    return null
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

function isKeyReport(value: unknown): value is KeyReport {
  const { type, id, provider, key } = (value ?? {}) as Partial<KeyReport>
  return (
    type === 'storeKey' && typeof id === 'number' && typeof provider === 'string' && (key === null || typeof key === 'string')
  )
}

function read(path: string, complain: (line: string) => void): SealedKeys {
  try {
    return sealedKeys(JSON.parse(readFileSync(path, 'utf8')))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT')
      complain(`${path} cannot be read; the keys in it must be added again.`)
    return { version: 1, keys: {} }
  }
}

function write(path: string, sealed: SealedKeys): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  const temporary = `${path}.${process.pid}.tmp`
  writeFileSync(temporary, JSON.stringify(sealed), { mode: 0o600, flush: true })
  renameSync(temporary, path)
}
