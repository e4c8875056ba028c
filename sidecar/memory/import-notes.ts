import type { Db } from '../foundation/index.ts'
import { ANYBODY, Shelves } from './shelf.ts'

/** Notes that were read as a whole. */
export interface WholeNotes {
  /** The space that they were read into. */
  space: string
  /** Their files, as their lines name them. */
  files: readonly string[]
  /** When reading them began: what they still say was written since. */
  since: string
}

/**
 * Memories of sections that are in these notes no more. What a person pinned or protected since stays.
 * @returns their ids
 */
export function missingIn(db: Db, { space, files, since }: WholeNotes): string[] {
  const find = db.prepare<object, { id: string }>(
    `SELECT id FROM memories WHERE n BETWEEN @from AND @to AND lineage = id AND updated_at < @since AND pinned = 0 AND protection = 'none'
     AND file IN (SELECT value FROM json_each(@files)) AND external_id LIKE '%#%' AND substr(external_id, 1, length(file) + 1) = substr(file || '#', 1, 400)`,
  )
  return new Shelves(db)
    .ranges({ space, agent: ANYBODY, past: false })
    .flatMap((range) => find.all({ ...range, since, files: JSON.stringify(files) }).map(({ id }) => id))
}
