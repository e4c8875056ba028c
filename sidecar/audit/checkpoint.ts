import type { AuditCheckpoint } from '../contract/index.ts'
import { fromBase64, type Hash, toBase64 } from './merkle/hash.ts'
import type { NoteSigner, NoteVerifier } from './note.ts'

/** Signs a root. @param at ISO 8601, UTC */
export function signCheckpoint(signer: NoteSigner, size: number, root: Hash, at: string): AuditCheckpoint {
  const encoded = toBase64(root)
  return { size, root: encoded, at, note: signer.sign(`${signer.name}\n${size}\n${encoded}\n${at}\n`) }
}

/** What a note says once its signature holds. */
export interface OpenedCheckpoint {
  size: number
  root: Hash
  at: string
}

/** @returns undefined where the key did not sign it, or it is no checkpoint */
export function openCheckpoint(verifier: NoteVerifier, note: string): OpenedCheckpoint | undefined {
  const [origin, size, encoded, at, ...rest] = verifier.open(note)?.split('\n') ?? []
  if (origin !== verifier.name || size === undefined || encoded === undefined || at === undefined || rest.join('') !== '')
    return undefined
  const root = fromBase64(encoded)
  return root !== undefined && /^(0|[1-9]\d{0,15})$/.test(size) ? { size: Number(size), root, at } : undefined
}
