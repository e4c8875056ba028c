import Database from 'better-sqlite3'
import { OxbowError } from './errors.ts'

/** Held by the one process that may write in a home. The system lets it go when that process dies, however it dies. */
export interface HomeLock {
  release(): void
}

/**
 * Takes the lock of a home, or waits for it.
 * @param path a file of its own in `run/`; @param waitMs how long another holder may take to end
 * @throws OxbowError `home.inUse`
 */
export function lockHome(path: string, waitMs: number): HomeLock {
  const db = new Database(path, { timeout: waitMs })
  try {
    db.pragma('journal_mode = DELETE')
    db.exec('BEGIN EXCLUSIVE')
    return { release: () => db.close() }
  } catch (cause) {
    db.close()
    throw new OxbowError(
      'CONFLICT',
      'home.inUse',
      `Oxbow already runs in this home (${path})`,
      'Use the running one: `npm run oxbow -- status`. Stop it with `npm run oxbow -- stop`, or choose another OXBOW_HOME.',
      cause,
    )
  }
}
