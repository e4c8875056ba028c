import { atomically, type Db } from '../../foundation/index.ts'
import { pack, textOf } from '../packed.ts'
import { prepared } from '../prepared.ts'
import { type Row, toMemory } from '../row.ts'
import { Shelves, shelfOf } from '../shelf.ts'
import { FADED } from '../strength/curve.ts'
import type { Uses } from '../strength/uses.ts'

/** Texts shorter than this gain nothing. */
const SHORTEST = 80
const WORK = 'cold'

/**
 * Looks at some memories, going on where it stopped: the text of those that have faded is compressed, that of those that came back to
 * strength is plain again. Both are still found: their words and vectors stay in the indexes.
 * @returns whether it has come round
 */
export function tendSome(db: Db, uses: Uses, most: number): boolean {
  const place = prepared<[string], { place: number }>(db, 'SELECT place FROM memory_work WHERE name = ?').get(WORK)?.place ?? 0
  const rows = prepared<[number, number], Row>(db, 'SELECT * FROM memories WHERE n > ? ORDER BY n LIMIT ?').all(place, most)
  const names = new Shelves(db).all()
  const strengths = uses.strengths(rows.map((row) => toMemory(row, names.get(shelfOf(row.n))!)))
  const write = prepared(db, 'UPDATE memories SET text = ?, packed = ? WHERE n = ?')
  const round = rows.length < most
  atomically(db, () => {
    for (const [at, row] of rows.entries()) {
      // Past versions are not asked for often.
      const cold = row.lineage !== row.id || strengths[at]! < FADED
      if (cold === (row.packed !== null)) continue
      const text = textOf(row)
      const packed = cold && text.length >= SHORTEST ? pack(text) : undefined
      if (packed) write.run('', packed, row.n)
      else if (!cold) write.run(text, null, row.n)
    }
    prepared(
      db,
      'INSERT INTO memory_work (name, place) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET place = excluded.place',
    ).run(WORK, round ? 0 : rows.at(-1)!.n)
  })
  return round
}

/** What is used is warm again: its text is plain. */
export function warm(db: Db, ids: readonly string[]): void {
  const find = db.prepare<[string], Row>('SELECT * FROM memories WHERE id = ? AND packed IS NOT NULL')
  const write = db.prepare('UPDATE memories SET text = ?, packed = NULL WHERE n = ?')
  atomically(db, () => {
    for (const id of ids) {
      const row = find.get(id)
      if (row) write.run(textOf(row), row.n)
    }
  })
}
