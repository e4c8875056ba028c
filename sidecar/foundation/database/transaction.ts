import type { Db } from './open.ts'

/**
 * Runs `work` as one transaction that is on the disk when this returns (`synchronous = FULL`), where the
 * connection otherwise only promises to survive a crash of the process (`NORMAL`).
 */
export function durably<T>(db: Db, work: () => T): T {
  db.exec('PRAGMA synchronous = FULL')
  try {
    return atomically(db, work)
  } finally {
    db.exec('PRAGMA synchronous = NORMAL')
  }
}

/** Runs `work` as one transaction: all of it or nothing. Inside of another it is a part of that. */
export function atomically<T>(db: Db, work: () => T): T {
  const { run, undos } = stateOf(db)
  const before = undos.length
  try {
    return run(work) as T
  } catch (error) {
    for (const undo of undos.splice(before).reverse()) undo()
    throw error
  } finally {
    if (!db.inTransaction) undos.length = 0
  }
}

/** Runs `undo` if the transaction around it is rolled back: for what memory holds of what was written. */
export function ifUndone(db: Db, undo: () => void): void {
  if (db.inTransaction) stateOf(db).undos.push(undo)
}

interface State {
  run: (work: () => unknown) => unknown
  undos: (() => void)[]
}

/** Making a transaction costs as much as a small one. */
const states = new WeakMap<Db, State>()

function stateOf(db: Db): State {
  const known = states.get(db)
  if (known) return known
  const state = { run: db.transaction((inner: () => unknown) => inner()).immediate, undos: [] }
  states.set(db, state)
  return state
}
