import type { Db } from '../../foundation/index.ts'
import { pairsOf } from '../pairs.ts'
import type { Range } from '../shelf.ts'
import { tellingWords, wordsOf } from '../words.ts'
import type { WeighedWord } from './feedback.ts'
import type { Hit } from './hit.ts'

const MOST_WORDS = 64
const PHRASE = /["“„«]([^"“”„«»]+)["”“»]/u
const PHRASES = new RegExp(PHRASE, 'gu')
/** Of the newest entries so many are looked through for some that have every word, where each is common. */
const LOOKED_THROUGH = 20_000
/** An index with more entries is large. */
const LARGE = 20_000
/**
 * Entries that one search ranks, and words of one that are not the query's: each entry costs microseconds. In a large index they
 * are fewer, since the words in more entries than that say little there, and all else takes longer.
 */
const RANKED = { small: { asked: 1600, added: 900 }, large: { asked: 800, added: 400 } }

export interface Within {
  ranges: readonly Range[]
  /** Absent: all of the ranges. */
  allowed: ReadonlySet<number> | undefined
  most: number
  /** About how many entries there are in the ranges. */
  entries: number
  /** In how many of their entries a word is, counted up to a limit. */
  count(word: string, most: number): number
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
      return best(together(this.#ranked('words', `(${allOf(phrases)}) AND (${anyOf(words)})`, within), byPairs), within)
    const rare = this.#rarest(words, within, rankedOf(within).asked)
    const byWords = rare.length > 0 ? this.#ranked('words', anyOf(rare), within) : this.#together(words, within)
    return best(together(byWords, byPairs), within)
  }

  /** What has these words, best first. */
  findAdded(words: readonly WeighedWord[], within: Within): Hit[] {
    const rare = this.#rarest(
      words.map(({ word }) => word),
      within,
      rankedOf(within).added,
    )
    return rare.length === 0 ? [] : best(this.#ranked('words', anyOf(rare), within), within)
  }

  /** The words to rank by: from the rarest on, as many as may be. */
  #rarest(words: readonly string[], { count }: Within, most: number): string[] {
    let left = most
    const counted = words.map((word) => ({ word, count: count(word, most) })).sort((a, b) => a.count - b.count)
    const taken = counted.filter(({ count }, at) => {
      left -= count
      return count < most && (left >= 0 || at === 0)
    })
    return taken.map(({ word }) => word)
  }

  /** Where every word is common: the newest that have all of them, unranked, since ranking would take all there are. */
  #together(words: readonly string[], { ranges, allowed, most }: Within): Hit[] {
    const match = words.map(quoted).join(' AND ')
    if (match === '') return []
    return ranges.flatMap(({ from, to }) => {
      const hits: Hit[] = []
      for (const { n } of this.#sql.together.iterate(match, Math.max(from, to - LOOKED_THROUGH), to)) {
        if (allowed && !allowed.has(n)) continue
        if (hits.push({ n, score: 1 }) === most) break
      }
      return hits
    })
  }

  /** The newest first, so that what is left out, where there is too much, is old. */
  #ranked(table: 'words' | 'pairs', match: string, within: Within): Hit[] {
    const { ranges, allowed } = within
    const most = rankedOf(within).asked
    const hits: Hit[] = []
    for (const { from, to } of ranges) {
      let left = most
      const rows = this.#sql[table]
      const found = allowed ? rows.iterate(match, from, to, -1) : rows.all(match, from, to, most)
      for (const [n, score] of found) {
        if (allowed && !allowed.has(n)) continue
        hits.push({ n, score })
        if (--left === 0) break
      }
    }
    return hits
  }
}

const rankedOf = ({ entries }: Within) => (entries > LARGE ? RANKED.large : RANKED.small)

/** Of several hits of one memory the best counts. */
function together(some: readonly Hit[], others: readonly Hit[]): readonly Hit[] {
  if (others.length === 0) return some
  const scores = new Map(some.map(({ n, score }) => [n, score]))
  for (const { n, score } of others) scores.set(n, Math.max(score, scores.get(n) ?? 0))
  return [...scores].map(([n, score]) => ({ n, score }))
}

const best = (hits: readonly Hit[], { most }: Within): Hit[] => [...hits].sort((a, b) => b.score - a.score).slice(0, most)

const quoted = (word: string): string => `"${word}"`
const anyOf = (words: readonly string[]): string => words.map(quoted).join(' OR ')
const allOf = (phrases: readonly string[][]): string => phrases.map((phrase) => quoted(phrase.join(' '))).join(' AND ')

/** The casts matter: large numbers arrive as floats, for which FTS5 would read the whole index and filter afterwards. */
function statements(db: Db, columns: readonly number[]) {
  const within = 'rowid BETWEEN CAST(? AS INTEGER) AND CAST(? AS INTEGER)'
  const ranked = (table: string, rank: string) =>
    db
      .prepare<[string, number, number, number], [number, number]>(
        `SELECT rowid, -rank FROM ${table} WHERE ${table} MATCH ? AND rank MATCH '${rank}' AND ${within} ORDER BY rowid DESC LIMIT ?`,
      )
      .raw()
  return {
    words: ranked('memory_words', `bm25(${columns.join(', ')})`),
    pairs: ranked('memory_pairs', 'bm25()'),
    together: db.prepare<[string, number, number], { n: number }>(
      `SELECT rowid AS n FROM memory_words WHERE memory_words MATCH ? AND ${within} ORDER BY rowid DESC`,
    ),
  }
}
