import type { Db } from '../foundation/index.ts'
import { prepared } from './prepared.ts'

/** Removes the vectors of these rows, whichever embedder made them. */
export function dropVectors(db: Db, rows: readonly number[]): void {
  const drop = prepared(db, 'DELETE FROM memory_vectors WHERE embedder IN (SELECT number FROM memory_embedders) AND n = ?')
  for (const n of rows) drop.run(n)
}
