import type { Db } from '../foundation/index.ts'

/** The full-text indexes. */
const TABLES = ['memory_words', 'memory_pairs', 'episode_words'] as const
/** Pages written at once: about a millisecond's work, more only for a word that most texts have. */
const PAGES = 8

/**
 * Joins some more of the segments of the full-text indexes. Whatever is written makes a new one, and a search asks each of them for
 * each word. Those of about one size are joined, so that a page is written again only as often as the index doubles.
 * @returns whether there is more to do
 */
export function joinSegments(db: Db): boolean {
  const changes = db.prepare<[], number>('SELECT total_changes()').pluck()
  return TABLES.some((table) => {
    const before = changes.get()!
    db.prepare(`INSERT INTO ${table} (${table}, rank) VALUES ('merge', ?)`).run(PAGES)
    // The command itself counts as one change (https://sqlite.org/fts5.html#the_merge_command).
    return changes.get()! - before >= 2
  })
}
