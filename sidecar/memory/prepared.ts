import type { Db } from '../foundation/index.ts'

const known = new WeakMap<Db, Map<string, unknown>>()

/**
 * A statement, prepared once for each connection: preparing one takes longer than most of them run. For `get`, `all` and `run`
 * only; one that is stepped through with `iterate` must be its caller's own.
 */
export function prepared<P extends unknown[] | object = unknown[], R = unknown>(db: Db, sql: string) {
  const statements = known.get(db) ?? new Map<string, unknown>()
  known.set(db, statements)
  const make = () => db.prepare<P, R>(sql)
  const statement = (statements.get(sql) as ReturnType<typeof make> | undefined) ?? make()
  statements.set(sql, statement)
  return statement
}
