import type { Db } from '../../foundation/index.ts'
import type { Range } from '../shelf.ts'

/** Counts that are kept. */
const MOST_KEPT = 20_000
/** By what share of the entries there may have come more since a count, for it still to hold. */
const SLACK = 0.01

interface Count {
  count: number
  /** Up to which it was counted. */
  most: number
  entries: number
}

/** In how many entries words are: counting costs about as much as ranking a hundred of them, so counts are kept. */
export class WordCounts {
  readonly #counting: { get(match: string, from: number, to: number, most: number): { count: number } | undefined }
  readonly #kept = new Map<string, Count>()

  constructor(db: Db) {
    // The casts matter, see word-leg.ts.
    this.#counting = db.prepare<[string, number, number, number], { count: number }>(
      `SELECT count(*) AS count FROM (SELECT 1 FROM memory_words WHERE memory_words MATCH ?
       AND rowid BETWEEN CAST(? AS INTEGER) AND CAST(? AS INTEGER) LIMIT ?)`,
    )
  }

  /** Counts a word in these ranges, up to a limit. @param entries about how many there are now */
  within(ranges: readonly Range[], entries: number): (word: string, most: number) => number {
    const name = ranges.map(({ from }) => from).join()
    return (word, most) => {
      const key = `${word} ${name}`
      const kept = this.#kept.get(key)
      if (kept && Math.abs(entries - kept.entries) <= entries * SLACK && (kept.count < kept.most || kept.most >= most))
        return Math.min(kept.count, most)
      if (this.#kept.size >= MOST_KEPT) this.#kept.clear()
      const count = this.#count(word, ranges, most)
      this.#kept.set(key, { count, most, entries })
      return count
    }
  }

  #count(word: string, ranges: readonly Range[], most: number): number {
    let count = 0
    for (const { from, to } of ranges) {
      if (count < most) count += this.#counting.get(`"${word}"`, from, to, most - count)!.count
    }
    return count
  }
}
