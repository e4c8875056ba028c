import { chmodSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { newPrivateKey } from './note.ts'

/** Where the key that signs checkpoints is kept: a file, or a keychain that the window's process reaches. */
export interface AuditKeys {
  /** The private key, PKCS #8 in PEM; made and kept when there is none yet. */
  load(): Promise<string>
}

/** Keeps the key in a file that only the person can read. */
export function fileKeys(path: string): AuditKeys {
  return {
    load: async () => {
      try {
        const pem = readFileSync(path, 'utf8')
        chmodSync(path, 0o600)
        return pem
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
      }
      const pem = newPrivateKey()
      const temporary = `${path}.${process.pid}.tmp`
      mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
      writeFileSync(temporary, pem, { mode: 0o600 })
      renameSync(temporary, path)
      return pem
    },
  }
}
