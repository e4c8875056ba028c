import type { Db } from '../../foundation/index.ts'
import { pairsOf } from '../pairs.ts'
import type { Range } from '../shelf.ts'
import { tellingWords, wordsOf } from '../words.ts'
import type { WeighedWord } from './feedback.ts'
import type { Hit } from './hit.ts'

const MOST_WORDS = 64
const PHRASE = /["“„«]([^"“”„«»]+)["”“»]/u
const PHRASES = new RegExp(PHRASE, 'gu')
/** Entries that one search ranks: each costs microseconds, and the words in more entries than this say little. */
const MOST_RANKED = 1600
/** The same for words that the query itself does not have, together. */
const MOST_RANKED_ADDED = 900

export interface Within {
  ranges: readonly Range[]
  /** Absent: all of the ranges. */
  allowed: ReadonlySet<number> | undefined
  most: number
}

/** Whether a query has a phrase in quotes, which must be there as it is. */
export const hasPhrase = (query: string): boolean => PHRASE.test(query)

/** Finds by words. */
export class WordLeg {
  readonly #sql: ReturnType<typeof statements>

  constructor(db: Db, columns: readonly number[]) {
    this.#sql = statements(db, columns)
  }

  /** Best first. */
  find(query: string, within: Within): Hit[] {
    const pairs = pairsOf(query)
    const byPairs = pairs === '' ? [] : this.#ranked('pairs', anyOf(pairs.split(' ')), within)
    const phrases = [...query.matchAll(PHRASES)].map(([, phrase]) => wordsOf(phrase!)).filter((phrase) => phrase.length > 0)
    const words = tellingWords(wordsOf(query)).slice(0, MOST_WORDS)
    if (phrases.length > 0)
      return best([...this.#ranked('words', `(${allOf(phrases)}) AND (${anyOf(words)})`, within), ...byPairs], within)
    const rare = this.#rare(words, within)
    const byWords = rare.length > 0 ? this.#ranked('words', anyOf(rare), within) : this.#together(words, within)
    return best([...byWords, ...byPairs], within)
  }

  /** What has these words, each with the sum of what they weigh there. */
  findAdded(words: readonly WeighedWord[], within: Within): Map<number, number> {
    const scores = new Map<number, number>()
    let left = MOST_RANKED_ADDED
    for (const { word, weight } of words) {
      if (left <= 0) break
      const hits = this.#ranked('words', quoted(word), within, left)
      left -= hits.length
      for (const { n, score } of hits) scores.set(n, (scores.get(n) ?? 0) + score * weight)
    }
    return scores
  }

  /** In how many entries a word is, counted up to a limit. */
  frequency(word: string, ranges: readonly Range[], most: number): number {
    let count = 0
    for (const { from, to } of ranges) {
      if (count < most) count += this.#sql.frequency.get(quoted(word), from, to, most - count)!.count
    }
    return count
  }

  /** The words to rank by: from the rarest on, as many as may be. */
  #rare(words: readonly string[], { ranges }: Within): string[] {
    let left = MOST_RANKED
    return words
      .map((word) => ({ word, count: this.frequency(word, ranges, MOST_RANKED) }))
      .sort((a, b) => a.count - b.count)
      .filter(({ count }) => {
        if (count >= MOST_RANKED) return false
        left -= count
        return left >= 0 || left + count === MOST_RANKED
      })
      .map(({ word }) => word)
  }

  /** Where every word is common: the newest that have all of them, unranked, since ranking would take all there are. */
  #together(words: readonly string[], { ranges, allowed, most }: Within): Hit[] {
    const match = words.map(quoted).join(' AND ')
    if (match === '') return []
    return ranges.flatMap(({ from, to }) => {
      const hits: Hit[] = []
      for (const { n } of this.#sql.together.iterate(match, from, to)) {
        if (allowed && !allowed.has(n)) continue
        if (hits.push({ n, score: 1 }) === most) break
      }
      return hits
    })
  }

  #ranked(table: 'words' | 'pairs', match: string, { ranges, allowed }: Within, most = MOST_RANKED): Hit[] {
    const hits: Hit[] = []
    for (const { from, to } of ranges) {
      let left = most
      // The newest first, so that what is left out, where there is too much, is old.
      for (const [n, score] of this.#sql[table].iterate(match, from, to)) {
        if (allowed && !allowed.has(n)) continue
        hits.push({ n, score })
        if (--left === 0) break
      }
    }
    return hits
  }
}

/** Of several hits of one memory the best counts. */
function best(hits: readonly Hit[], { most }: Within): Hit[] {
  const scores = new Map<number, number>()
  for (const { n, score } of hits) scores.set(n, Math.max(score, scores.get(n) ?? 0))
  return [...scores]
    .map(([n, score]) => ({ n, score }))
    .sort((a, b) => b.score - a.score)
    .slice(0, most)
}

const quoted = (word: string): string => `"${word}"`
const anyOf = (words: readonly string[]): string => words.map(quoted).join(' OR ')
const allOf = (phrases: readonly string[][]): string => phrases.map((phrase) => quoted(phrase.join(' '))).join(' AND ')

/** The casts matter: large numbers arrive as floats, for which FTS5 would read the whole index and filter afterwards. */
function statements(db: Db, columns: readonly number[]) {
  const within = 'rowid BETWEEN CAST(? AS INTEGER) AND CAST(? AS INTEGER)'
  const ranked = (table: string, rank: string) =>
    db
      .prepare<[string, number, number], [number, number]>(
        `SELECT rowid, -rank FROM ${table} WHERE ${table} MATCH ? AND rank MATCH '${rank}' AND ${within} ORDER BY rowid DESC`,
      )
      .raw()
  return {
    words: ranked('memory_words', `bm25(${columns.join(', ')})`),
    pairs: ranked('memory_pairs', 'bm25()'),
    together: db.prepare<[string, number, number], { n: number }>(
      `SELECT rowid AS n FROM memory_words WHERE memory_words MATCH ? AND ${within} ORDER BY rowid DESC`,
    ),
    frequency: db.prepare<[string, number, number, number], { count: number }>(
      `SELECT count(*) AS count FROM (SELECT 1 FROM memory_words WHERE memory_words MATCH ? AND ${within} LIMIT ?)`,
    ),
  }
}
