import type { Db } from '../foundation/index.ts'
import { type MaybePacked, textOf } from './packed.ts'
import { pairsOf } from './pairs.ts'
import { rangeOf, shelfOf } from './shelf.ts'

/** Turns before that lend a turn their words: an answer is often found by the words of its question. */
export const LENDERS = 2
/** Characters that each lends. */
const MOST_LENT = 600

interface Indexed extends MaybePacked {
  n: number
  speaker: string
  tags: string
  session: string | null
}

/**
 * The full-text index. It keeps no text, so removing an entry takes the very words it was made of: they are always those that
 * the rows hold now. Whoever changes or removes rows therefore does it inside `change`.
 */
export class WordIndex {
  readonly #db: Db
  readonly #sql: ReturnType<typeof statements>
  /** While the index is made anew: the last row that is in it. */
  #done: number | undefined

  constructor(db: Db) {
    this.#db = db
    this.#sql = statements(db)
    this.#done = db.prepare<[], { place: number }>(`SELECT place FROM memory_work WHERE name = 'words'`).get()?.place
  }

  /** Whether all that is there is in it. */
  get whole(): boolean {
    return this.#done === undefined
  }

  /**
   * Takes out the entries that depend on these rows, lets `work` change or remove the rows, and puts back what they now are.
   * @returns all rows whose entries depended on them, those that are gone included
   */
  change(rows: readonly number[], work: () => void): number[] {
    const affected = new Set<number>()
    for (const n of rows) {
      const row = this.#sql.row.get(n)
      if (!row) continue
      affected.add(n)
      for (const later of this.#near(row, 'later')) affected.add(later.n)
    }
    for (const n of affected) this.#write(n, 'remove')
    work()
    for (const n of affected) this.#write(n, 'add')
    return [...affected]
  }

  /** Puts in rows that have no entry. New rows come after all others of their session, so nothing depends on them yet. */
  add(rows: readonly number[]): void {
    for (const n of rows) this.#write(n, 'add')
  }

  /** Begins to make the index anew: empties it, for `resume` to fill. */
  restart(): void {
    for (const table of ['memory_words', 'memory_pairs']) this.#db.exec(`INSERT INTO ${table} (${table}) VALUES ('delete-all')`)
    this.#db.exec(`INSERT INTO memory_work (name, place) VALUES ('words', 0) ON CONFLICT (name) DO UPDATE SET place = 0`)
    this.#done = 0
  }

  /** Makes some more of the index anew. @returns whether there is more to do */
  resume(most: number): boolean {
    if (this.#done === undefined) return false
    const rows = this.#db
      .prepare<[number, number], { n: number }>('SELECT n FROM memories WHERE n > ? ORDER BY n LIMIT ?')
      .all(this.#done, most)
    this.#done = rows.at(-1)?.n ?? this.#done
    this.add(rows.map(({ n }) => n))
    if (rows.length < most) {
      this.#db.exec(`DELETE FROM memory_work WHERE name = 'words'`)
      this.#done = undefined
      return false
    }
    this.#db.prepare(`UPDATE memory_work SET place = ? WHERE name = 'words'`).run(this.#done)
    return true
  }

  #write(n: number, verb: 'add' | 'remove'): void {
    // What is not made anew yet is written when its turn comes.
    if (this.#done !== undefined && n > this.#done) return
    const row = this.#sql.row.get(n)
    if (!row) return
    const lent = this.#near(row, 'earlier').map((turn) => textOf(turn).slice(0, MOST_LENT))
    const tags = (JSON.parse(row.tags) as string[]).join(' ')
    const text = textOf(row)
    this.#sql[verb].words.run(n, text, row.speaker, tags, lent.join(' '))
    const pairs = pairsOf(`${text} ${tags}`)
    if (pairs !== '') this.#sql[verb].pairs.run(n, pairs)
  }

  /** The turns next to a row in its session, on its shelf. */
  #near({ n, session }: Indexed, side: 'earlier' | 'later'): (MaybePacked & { n: number })[] {
    if (session === null) return []
    const { from, to } = rangeOf(shelfOf(n))
    return side === 'earlier'
      ? this.#sql.earlier.all(session, from, n - 1, LENDERS)
      : this.#sql.later.all(session, n + 1, to, LENDERS)
  }
}

function statements(db: Db) {
  const near = (order: 'DESC' | 'ASC') =>
    db.prepare<[string, number, number, number], MaybePacked & { n: number }>(
      `SELECT n, text, packed FROM memories WHERE session = ? AND n BETWEEN ? AND ? ORDER BY n ${order} LIMIT ?`,
    )
  return {
    row: db.prepare<[number], Indexed>('SELECT n, text, packed, speaker, tags, session FROM memories WHERE n = ?'),
    earlier: near('DESC'),
    later: near('ASC'),
    add: {
      words: db.prepare('INSERT INTO memory_words (rowid, text, speaker, tags, context) VALUES (?, ?, ?, ?, ?)'),
      pairs: db.prepare('INSERT INTO memory_pairs (rowid, text) VALUES (?, ?)'),
    },
    remove: {
      words: db.prepare(
        `INSERT INTO memory_words (memory_words, rowid, text, speaker, tags, context) VALUES ('delete', ?, ?, ?, ?, ?)`,
      ),
      pairs: db.prepare(`INSERT INTO memory_pairs (memory_pairs, rowid, text) VALUES ('delete', ?, ?)`),
    },
  }
}
