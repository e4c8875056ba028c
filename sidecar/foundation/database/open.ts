import { copyFileSync, existsSync } from 'node:fs'
import Database from 'better-sqlite3'
import { OxbowError } from '../errors.ts'
import { migrations as shipped } from './migrations/index.ts'

export type Db = Database.Database

/** "OXBW": marks the file as ours. */
const APPLICATION_ID = 0x4f584257

/** How long a statement waits for another process's lock, in milliseconds. */
const BUSY_MS = 5000
/** Of the database in a connection's memory; the driver would take 16 MB, and the system keeps what was read anyway. */
const CACHE_KIB = 4 * 1024

export interface OpenOptions {
  path: string
  /** The list to migrate along; tests hand in a longer or shorter one. */
  migrations?: readonly string[]
}

/**
 * The one opener of the database: no other code constructs one. Migrations run before any read; before the first of them
 * the old file is kept beside the new one as `<path>.v<N>.bak`.
 * @throws OxbowError `database.newer` (file left untouched), `database.foreign`, `database.migration` (old file kept), `database.damaged`
 */
export function openDatabase({ path, migrations = shipped }: OpenOptions): Db {
  const version = existsSync(path) ? inspect(path, migrations.length) : 0
  const db = connect(path)
  try {
    db.pragma('journal_mode = WAL')
    db.pragma('synchronous = NORMAL')
    db.pragma('foreign_keys = ON')
    db.pragma(`busy_timeout = ${BUSY_MS}`)
    db.pragma(`cache_size = -${CACHE_KIB}`)
    if (version < migrations.length) migrate(db, path, version, migrations)
    return db
  } catch (error) {
    db.close()
    throw error
  }
}

/**
 * A second connection that only reads, for a thread of its own. The file must have been opened with `openDatabase` before.
 */
export function openReader(path: string): Db {
  const db = connect(path, { readonly: true, fileMustExist: true })
  db.pragma(`busy_timeout = ${BUSY_MS}`)
  db.pragma(`cache_size = -${CACHE_KIB}`)
  return db
}

/**
 * Writes what is in the log of writes into the file, as far as nobody reads it, with a connection of its own: for a thread that may
 * wait for the disk where the owner of the database should not.
 */
export function checkpoint(path: string): void {
  const db = connect(path, { fileMustExist: true })
  try {
    db.pragma('wal_checkpoint(PASSIVE)')
  } finally {
    db.close()
  }
}

/** Reads the version without changing a byte of the file. */
function inspect(path: string, known: number): number {
  const db = connect(path, { readonly: true })
  try {
    const version = db.pragma('user_version', { simple: true }) as number
    const application = db.pragma('application_id', { simple: true }) as number
    const tables = db.prepare<[], { n: number }>('SELECT count(*) AS n FROM sqlite_master').get()?.n ?? 0
    if (application !== APPLICATION_ID && tables > 0)
      throw new OxbowError(
        'CONFLICT',
        'database.foreign',
        `${path} is no Oxbow database`,
        'Move it away, or choose another OXBOW_HOME.',
      )
    if (version > known)
      throw new OxbowError(
        'CONFLICT',
        'database.newer',
        `${path} was written by a newer Oxbow (schema ${version}, this one knows ${known})`,
        'Update Oxbow, or choose another OXBOW_HOME. The file was not changed.',
      )
    return version
  } catch (error) {
    throw error instanceof OxbowError ? error : damaged(path, error)
  } finally {
    db.close()
  }
}

/**
 * Looks at a database without changing a byte of it.
 * @param options.pages read every page (time grows with the file)
 * @throws OxbowError `database.newer`, `database.foreign`, `database.damaged`
 */
export function examineDatabase(
  path: string,
  { pages }: { pages: boolean },
): { version: number; known: number; faults: string[] } {
  const version = inspect(path, shipped.length)
  const db = connect(path, { readonly: true })
  try {
    const answers = pages ? (db.pragma('quick_check(5)') as { quick_check: string }[]) : []
    const faults = answers.map((answer) => answer.quick_check).filter((answer) => answer !== 'ok')
    return { version, known: shipped.length, faults }
  } catch (error) {
    throw damaged(path, error)
  } finally {
    db.close()
  }
}

function connect(path: string, options: Database.Options = {}): Db {
  try {
    return new Database(path, options)
  } catch (error) {
    throw damaged(path, error)
  }
}

function damaged(path: string, cause: unknown): OxbowError {
  const why = cause instanceof Error ? cause.message : String(cause)
  return new OxbowError(
    'INTERNAL_SERVER_ERROR',
    'database.damaged',
    `${path} cannot be read: ${why}`,
    'Run `oxbow doctor`; a copy from before the last migration may lie beside it (.bak).',
    cause,
  )
}

function migrate(db: Db, path: string, from: number, migrations: readonly string[]): void {
  if (from > 0) {
    db.pragma('wal_checkpoint(TRUNCATE)')
    copyFileSync(path, `${path}.v${from}.bak`)
  }
  for (let version = from + 1; version <= migrations.length; version++) {
    try {
      db.transaction(() => {
        db.exec(migrations[version - 1]!)
        db.pragma(`application_id = ${APPLICATION_ID}`)
        db.pragma(`user_version = ${version}`)
      }).immediate()
    } catch (cause) {
      const why = cause instanceof Error ? cause.message : String(cause)
      const kept = from > 0 ? ` The file from before is kept as ${path}.v${from}.bak.` : ''
      throw new OxbowError(
        'INTERNAL_SERVER_ERROR',
        'database.migration',
        `${path}: migration ${version} failed: ${why}.${kept}`,
        'Report this; go on with the previous Oxbow until it is mended.',
        cause,
      )
    }
  }
}
