import type { Db } from '../foundation/index.ts'
import { prepared } from './prepared.ts'

/** Notes that a memory (a digest) was made of others: it is forgotten with any of them. Within the transaction that saves it. */
export function restOn(db: Db, memory: string, sources: readonly string[]): void {
  const add = prepared(db, 'INSERT OR IGNORE INTO memory_rests (memory, source) VALUES (?, ?)')
  for (const source of sources) if (source !== memory) add.run(memory, source)
}

/** These lineages and all that rest on them, whatever the number of steps. */
export function withWhatRests(db: Db, lineages: readonly string[]): string[] {
  return db
    .prepare<[string], { id: string }>(
      `WITH RECURSIVE gone (id) AS (
         SELECT value FROM json_each(?) UNION SELECT memory FROM memory_rests JOIN gone ON source = gone.id
       ) SELECT id FROM gone WHERE EXISTS (SELECT 1 FROM memories WHERE lineage = gone.id)`,
    )
    .all(JSON.stringify(lineages))
    .map(({ id }) => id)
}

/** How dreams found memories that go, at any of their versions, is not kept. @param ids of the versions */
export function dropUndo(db: Db, ids: readonly string[]): void {
  db.prepare(
    `UPDATE memory_dream_changes SET undo = NULL WHERE undo IS NOT NULL
     AND (memory IN (SELECT value FROM json_each(@ids)) OR other IN (SELECT value FROM json_each(@ids)))`,
  ).run({ ids: JSON.stringify(ids) })
}

/** Takes out what is noted of lineages that go: what they rest on, what rests on them, when they were of use. */
export function dropTraces(db: Db, lineages: readonly string[]): void {
  const ids = JSON.stringify(lineages)
  db.prepare(
    'DELETE FROM memory_rests WHERE memory IN (SELECT value FROM json_each(@ids)) OR source IN (SELECT value FROM json_each(@ids))',
  ).run({ ids })
  db.prepare('DELETE FROM memory_uses WHERE id IN (SELECT value FROM json_each(?))').run(ids)
  db.prepare('DELETE FROM memory_questions WHERE about IN (SELECT value FROM json_each(?))').run(ids)
}
