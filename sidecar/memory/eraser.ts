import { setImmediate as breathe, setTimeout as sleep } from 'node:timers/promises'
import type { ForgetMemory } from '../contract/index.ts'
import { atomically, OxbowError } from '../foundation/index.ts'
import { pairsOf } from './pairs.ts'
import { dropTraces, dropUndo, withWhatRests } from './rests.ts'
import { ANYBODY, KNOWLEDGE, shelfOf } from './shelf.ts'
import type { StoreOptions } from './store-options.ts'
import { dropVectors } from './vectors.ts'
import { parseWhen } from './when.ts'
import { wordsOf } from './words.ts'

/** Memories erased in one transaction: few, so that others get their turn between. */
const SLICE = 10
/** How often, and after how many milliseconds, the log of writes is emptied again while somebody reads it. */
const TRIES = 40
const AGAIN_MS = 50

/** Forgets: takes text, words and vectors out of the file, so that no byte of them stays in it or in its log of writes. */
export class Eraser {
  readonly #options: StoreOptions

  constructor(options: StoreOptions) {
    this.#options = options
  }

  /** @returns how many memories (with their past versions counted once) and unanswered candidates */
  async forget(input: ForgetMemory): Promise<number> {
    const lineages = withWhatRests(this.#options.db, this.#named(input))
    const questions = this.#asked(input)
    const count = lineages.length + questions.length
    if (input.dryRun || count === 0) return count
    this.#options.questions.remove(questions)
    for (let at = 0; at < lineages.length; at += SLICE) {
      this.#erase(lineages.slice(at, at + SLICE))
      await breathe()
    }
    await this.#emptyLog()
    return count
  }

  /** Takes the pieces of a note out of the index; the note itself is the person's file. */
  removeNote(path: string): void {
    const { db, shelves } = this.#options
    // After # comes $, so these are all that begin so.
    const pieces = db.prepare<[string, string, number, number], { lineage: string }>(
      'SELECT lineage FROM memories WHERE external_id >= ? AND external_id < ? AND n BETWEEN ? AND ?',
    )
    for (const { from, to } of shelves.ranges({ notes: 'only' })) {
      const found = pieces.all(`note:${path}#`, `note:${path}$`, from, to).map(({ lineage }) => lineage)
      for (let at = 0; at < found.length; at += SLICE) this.#erase(found.slice(at, at + SLICE))
    }
  }

  /** Takes lineages out with all that rests on them; the log of writes is emptied by and by. */
  drop(lineages: readonly string[]): void {
    this.#erase(withWhatRests(this.#options.db, lineages))
  }

  /** Candidates that wait for an answer are no memories, but their words go all the same. */
  #asked({ ids, query, space, from, to }: ForgetMemory): string[] {
    if (ids !== undefined) return []
    return this.#options.questions.named({
      query,
      space,
      from: from === undefined ? undefined : parseWhen(from),
      to: to === undefined ? undefined : parseWhen(to),
    })
  }

  #named({ ids, query, space, from, to }: ForgetMemory): string[] {
    const { db, shelves } = this.#options
    if ([ids, query, space, from, to].every((condition) => condition === undefined))
      throw new OxbowError(
        'BAD_REQUEST',
        'memory.nothingNamed',
        'nothing says what to forget',
        'Give ids, a query, a space or a time.',
      )
    const within = space === undefined ? undefined : shelves.ranges({ space, agent: ANYBODY }).map((range) => shelfOf(range.from))
    const found = query === undefined ? undefined : this.#withWords(query)
    return db
      .prepare<[object], { lineage: string }>(
        `SELECT DISTINCT lineage FROM memories
         WHERE (@ids IS NULL OR lineage IN (SELECT lineage FROM memories WHERE id IN (SELECT value FROM json_each(@ids))))
         AND (@found IS NULL OR n IN (SELECT value FROM json_each(@found)))
         AND (@shelves IS NULL OR shelf IN (SELECT value FROM json_each(@shelves)))
         AND (@ids IS NOT NULL OR shelf NOT IN (SELECT number FROM memory_shelves WHERE agent = '${KNOWLEDGE}'))
         AND (@from IS NULL OR valid_from >= @from) AND (@to IS NULL OR valid_from < @to)`,
      )
      .all({
        ids: ids ? JSON.stringify(ids) : null,
        found: found ? JSON.stringify(found) : null,
        shelves: within ? JSON.stringify(within) : null,
        from: from === undefined ? null : parseWhen(from),
        to: to === undefined ? null : parseWhen(to),
      })
      .map(({ lineage }) => lineage)
  }

  /** Memories with all of these words in their own text, speaker or tags. */
  #withWords(query: string): number[] {
    const { db } = this.#options
    const pairs = pairsOf(query)
    if (pairs !== '') return this.#matching('memory_pairs', db, quoted(pairs.split(' ')))
    const words = wordsOf(query)
    if (words.length === 0) return []
    return this.#matching('memory_words', db, `{text speaker tags} : (${quoted(words)})`)
  }

  #matching(table: string, db: StoreOptions['db'], match: string): number[] {
    return db
      .prepare<[string], { n: number }>(`SELECT rowid AS n FROM ${table} WHERE ${table} MATCH ?`)
      .all(match)
      .map(({ n }) => n)
  }

  #erase(lineages: readonly string[]): void {
    const { db, words } = this.#options
    const versions = db
      .prepare<[string], { n: number; id: string }>(
        'SELECT n, id FROM memories WHERE lineage IN (SELECT value FROM json_each(?))',
      )
      .all(JSON.stringify(lineages))
    const removed = versions.map(({ n }) => n)
    const row = db.prepare('DELETE FROM memories WHERE n = ?')
    const affected = atomically(db, () =>
      words.change(removed, () => {
        dropVectors(db, removed)
        for (const n of removed) row.run(n)
        dropTraces(db, lineages)
        dropUndo(
          db,
          versions.map(({ id }) => id),
        )
      }),
    )
    // What the forgotten turns lent to the next ones is in their vectors, too.
    const gone = new Set(removed)
    const added = affected.filter((n) => !gone.has(n))
    atomically(db, () => dropVectors(db, added))
    this.#options.onChange({ added, removed })
  }

  /** What is erased stands in the log of writes until that is emptied, which waits for readers. */
  async #emptyLog(): Promise<void> {
    for (let tries = 0; tries < TRIES; tries++) {
      const [answer] = this.#options.db.pragma('wal_checkpoint(TRUNCATE)') as { busy: number }[]
      if (answer?.busy === 0) return
      await sleep(AGAIN_MS)
    }
    throw new OxbowError(
      'SERVICE_UNAVAILABLE',
      'memory.busy',
      'it is forgotten, but its bytes are still in the log of writes: somebody reads the database',
      'Forget something again, or restart Oxbow.',
    )
  }
}

const quoted = (words: readonly string[]): string => words.map((word) => `"${word}"`).join(' AND ')
