import { lstatSync } from 'node:fs'
import { findProgram } from '../foundation/index.ts'
import { quoted } from './runtime.ts'

/** A file or folder that must be the one it was, whatever else its name may lead to by now. */
export interface Known {
  path: string
  /** See `identityOf`. */
  identity: string
}

/** What tells a file or folder from all others of this computer; undefined for a link, for anything else, and where nothing is. */
export function identityOf(path: string): string | undefined {
  const found = lstatSync(path, { throwIfNoEntry: false, bigint: true })
  return found?.isFile() || found?.isDirectory() ? `${found.dev}:${found.ino}` : undefined
}

/** What `stat -c %d:%i` prints of them. */
export const identitiesOf = (known: readonly Known[]): string => known.map(({ identity }) => identity).join('\n')

/**
 * A shell's test inside a box, where each name leads to the same thing for good: whether everything that was mounted there is
 * what it was when it was looked at.
 */
export function identityTest(known: readonly Known[]): string {
  const stat = findProgram('stat') ?? 'stat'
  return `[ "$(${stat} -c %d:%i ${known.map(({ path }) => quoted(path)).join(' ')})" = ${quoted(identitiesOf(known))} ]`
}
