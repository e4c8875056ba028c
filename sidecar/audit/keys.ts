import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import type { Log } from '../foundation/index.ts'
import { newPrivateKey, noteSigner } from './note.ts'

/** Under this name the signing key lies in the system's keychain. */
export const AUDIT_KEY = 'audit:signing'

/** Where the key that signs checkpoints is kept. */
export interface AuditKeys {
  /**
   * The private key, PKCS #8 in PEM; made and kept when there is none yet. Undefined where it lies in a keychain that cannot
   * be opened from here: another key would make all that was signed look forged.
   */
  load(): Promise<string | undefined>
  /** The public key as it was last loaded, in one word. */
  known(): string | undefined
}

export interface AuditKeyPlaces {
  /** For where there is no keychain; only the person can read it. The public key lies beside it. */
  file: string
  /** The system's keychain, where the supervisor can open it. */
  keychain?: { readonly keys: ReadonlyMap<string, string>; store(name: string, key: string): Promise<void> } | undefined
  /** Whether the keychain holds the key, but is closed to us. */
  locked?: (() => boolean) | undefined
  journal?: Pick<Log, 'info' | 'warn'> | undefined
}

/** Keeps the key in the system's keychain, else in a file. A key that lies in the file moves over; it stays the same key. */
export function auditKeys({ file, keychain, locked = () => false, journal }: AuditKeyPlaces): AuditKeys {
  const publicFile = `${file.replace(/\.pem$/, '')}.pub`
  const keepInFile = (pem: string): void => replace(file, pem)
  const intoKeychain = async (pem: string): Promise<boolean> => {
    if (!keychain) return false
    try {
      await keychain.store(AUDIT_KEY, pem)
      return true
    } catch (error) {
      journal?.warn({ err: error, file }, 'the keychain refused the key of the audit record: it is kept in a file')
      return false
    }
  }
  const find = async (): Promise<string | undefined> => {
    const filed = readIf(file)
    const chained = keychain?.keys.get(AUDIT_KEY)
    if (chained !== undefined) {
      // A crash came between the two steps of the move.
      if (filed === chained) rmSync(file, { force: true })
      return chained
    }
    if (filed !== undefined) {
      chmodSync(file, 0o600)
      if (await intoKeychain(filed)) {
        rmSync(file, { force: true })
        journal?.info({}, 'the key of the audit record moved into the keychain')
      }
      return filed
    }
    if (locked()) return undefined
    const made = newPrivateKey()
    if (!(await intoKeychain(made))) keepInFile(made)
    return made
  }
  return {
    async load() {
      const pem = await find()
      if (pem === undefined) return undefined
      const { key } = noteSigner(pem)
      if (readIf(publicFile)?.trim() !== key) replace(publicFile, `${key}\n`)
      return pem
    },
    known: () => readIf(publicFile)?.trim(),
  }
}

/** Keeps the key in a file that only the person can read. */
export const fileKeys = (path: string): AuditKeys => auditKeys({ file: path })

const readIf = (path: string): string | undefined => (existsSync(path) ? readFileSync(path, 'utf8') : undefined)

function replace(path: string, text: string): void {
  const temporary = `${path}.${process.pid}.tmp`
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  writeFileSync(temporary, text, { mode: 0o600, flush: true })
  renameSync(temporary, path)
}
