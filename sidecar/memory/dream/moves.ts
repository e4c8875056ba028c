import { textOf } from '../packed.ts'
import { prepared } from '../prepared.ts'
import { INSERT, REPLACE, type Row } from '../row.ts'
import { rangeOf, shelfOf } from '../shelf.ts'
import type { StoreOptions } from '../store-options.ts'
import { dropVectors } from '../vectors.ts'
import { LENDERS } from '../word-index.ts'

/** Rows of one memory, from one place to another; words and vectors follow. Everything here runs in its caller's transaction. */
export class Moves {
  readonly #options: StoreOptions

  constructor(options: StoreOptions) {
    this.#options = options
  }

  row(n: number): Row | undefined {
    return prepared<[number], Row>(this.#options.db, 'SELECT * FROM memories WHERE n = ?').get(n)
  }

  named(id: string): Row | undefined {
    return prepared<[string], Row>(this.#options.db, 'SELECT * FROM memories WHERE id = ?').get(id)
  }

  /** What holds now under this id; past versions do not. */
  current(id: string): Row | undefined {
    const row = this.named(id)
    return row && row.lineage === row.id ? row : undefined
  }

  /** Writes a row over itself. */
  write(row: Row): void {
    const { db, words } = this.#options
    const before = this.row(row.n)
    const replace = (): void => {
      prepared<[Row]>(db, REPLACE).run(row)
    }
    const [text, tags, speaker] = [before && textOf(before), before?.tags, before?.speaker]
    const sameWords = text === textOf(row) && tags === row.tags && speaker === row.speaker
    // To take words out and in again is most of the work.
    const affected = sameWords ? [] : words.change([row.n], replace)
    if (sameWords) replace()
    if (before && text !== textOf(row)) this.#unembed(affected)
  }

  /** Puts a row on the shelf of past versions of its space. @returns its new number */
  intoPast(row: Row): number {
    const { space, agent } = this.#options.shelves.nameOf(row.n)
    const n = this.#options.shelves.nextNumber({ space, agent, past: true })
    this.#leave(row.n)
    this.#insert({ ...row, n })
    return n
  }

  /** Adds a past version. */
  addPast(row: Row): void {
    const { space, agent } = this.#options.shelves.nameOf(row.n)
    this.#insert({ ...row, n: this.#options.shelves.nextNumber({ space, agent, past: true }) })
  }

  /** Puts a row back where it stood. @param n the number that it had */
  back(row: Row, n: number): void {
    this.#leave(row.n)
    this.#insert({ ...row, n })
  }

  /** Removes a row. */
  remove(n: number): void {
    this.#leave(n)
  }

  #leave(n: number): void {
    const { db, words, onChange } = this.#options
    const affected = words.change([n], () => {
      dropVectors(db, [n])
      prepared(db, 'DELETE FROM memories WHERE n = ?').run(n)
    })
    onChange({ added: [], removed: [n] })
    this.#unembed(affected.filter((other) => other !== n))
  }

  /** The turns after it in its session have their words from it, too. */
  #insert(row: Row): void {
    const { db, words } = this.#options
    const later =
      row.session === null
        ? []
        : prepared<[string, number, number, number], { n: number }>(
            db,
            'SELECT n FROM memories WHERE session = ? AND n > ? AND n <= ? ORDER BY n LIMIT ?',
          )
            .all(row.session, row.n, rangeOf(shelfOf(row.n)).to, LENDERS)
            .map(({ n }) => n)
    const affected = words.change(later, () => void prepared<[Row]>(db, INSERT).run(row))
    words.add([row.n])
    this.#unembed([...affected, row.n])
  }

  /** Vectors of a text that is no more must not survive it. */
  #unembed(rows: readonly number[]): void {
    if (rows.length === 0) return
    dropVectors(this.#options.db, rows)
    this.#options.onChange({ added: rows, removed: [] })
  }
}
