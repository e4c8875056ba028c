import type { Db } from '../../foundation/index.ts'
import { pairsOf } from '../pairs.ts'
import type { Range } from '../shelf.ts'
import { tellingWords, wordsOf } from '../words.ts'
import type { Hit } from './hit.ts'
import type { Tuning } from './tuning.ts'

const MOST_WORDS = 64
const PHRASE = /["“„«]([^"“”„«»]+)["”“»]/gu
/** A word in more memories than this says little there, and ranking them all would take long. */
const COMMON = 2000
/** The same for words that the query itself does not have. */
const COMMON_ADDED = 500
/** Shorter words, and numbers, are not added to a query. */
const ADDABLE = /^[^\d]{3,}$/u

export interface Within {
  ranges: readonly Range[]
  /** Absent: all of the ranges. */
  allowed: ReadonlySet<number> | undefined
  most: number
}

/** Finds by words. */
export class WordLeg {
  readonly #sql: ReturnType<typeof statements>

  constructor(db: Db, columns: readonly number[]) {
    this.#sql = statements(db, columns)
  }

  /** Best first. */
  find(query: string, within: Within, tuning: Tuning): Hit[] {
    const pairs = pairsOf(query)
    const byPairs = pairs === '' ? [] : this.#take('pairs', anyOf(pairs.split(' ')), within)
    const words = tellingWords(wordsOf(query)).slice(0, MOST_WORDS)
    const match = matchOf(query, this.#telling(words, within))
    const first = match === '' ? [] : this.#take('words', match, within)
    const added = tuning.added > 0 && PHRASE.exec(query) === null ? this.#added(words, first, within, tuning) : []
    const second = added.length > 0 ? this.#take('words', anyOf(added), within) : []
    const scale = (tuning.added * (first[0]?.score ?? 0)) / (second[0]?.score || 1)
    return joined([...first, ...byPairs], second, scale).slice(0, within.most)
  }

  /** In a large index, of the words only those that are not common there, if there are such. */
  #telling(words: readonly string[], { ranges }: Within): readonly string[] {
    const rare = words.filter((word) => this.#frequency(word, ranges, COMMON) < COMMON)
    return rare.length > 0 ? rare : words
  }

  /** Words that the best hits have in common and the query lacks (pseudo-relevance feedback). */
  #added(words: readonly string[], hits: readonly Hit[], { ranges }: Within, { addedFrom, addedWords }: Tuning): string[] {
    const counts = new Map<string, number>()
    for (const { n } of hits.slice(0, addedFrom)) {
      const text = this.#sql.text.get(n)?.text ?? ''
      for (const word of new Set(tellingWords(wordsOf(text)))) counts.set(word, (counts.get(word) ?? 0) + 1)
    }
    const shared = [...counts].filter(([word, count]) => count > 1 && ADDABLE.test(word) && !words.includes(word))
    return shared
      .map(([word, count]) => ({ word, count, frequency: this.#frequency(word, ranges, COMMON_ADDED) }))
      .filter(({ frequency }) => frequency < COMMON_ADDED)
      .map(({ word, count, frequency }) => ({ word, weight: count * Math.log(COMMON_ADDED / (frequency + 1)) }))
      .sort((a, b) => b.weight - a.weight)
      .slice(0, addedWords)
      .map(({ word }) => word)
  }

  #frequency(word: string, ranges: readonly Range[], most: number): number {
    let count = 0
    for (const { from, to } of ranges) {
      if (count < most) count += this.#sql.frequency.get(`"${word}"`, from, to, most - count)!.count
    }
    return count
  }

  #take(table: 'words' | 'pairs', match: string, { ranges, allowed, most }: Within): Hit[] {
    const hits: Hit[] = []
    for (const { from, to } of ranges) {
      let taken = 0
      for (const hit of this.#sql[table].iterate(match, from, to)) {
        if (allowed && !allowed.has(hit.n)) continue
        hits.push(hit)
        if (++taken === most) break
      }
    }
    return hits.sort((a, b) => b.score - a.score).slice(0, most)
  }
}

/** Phrases in quotes must be there; of the other words as many as possible. */
function matchOf(query: string, words: readonly string[]): string {
  const phrases = [...query.matchAll(PHRASE)].map(([, phrase]) => wordsOf(phrase!)).filter((phrase) => phrase.length > 0)
  if (phrases.length === 0) return anyOf(words)
  const must = phrases.map((phrase) => `"${phrase.join(' ')}"`).join(' AND ')
  return `(${must}) AND (${anyOf(words)})`
}

const anyOf = (words: readonly string[]): string => words.map((word) => `"${word}"`).join(' OR ')

/** Of several hits of one memory by the query itself the best counts; what the added words found is added at a scale. */
function joined(own: readonly Hit[], added: readonly Hit[], scale: number): Hit[] {
  const scores = new Map<number, number>()
  for (const { n, score } of own) scores.set(n, Math.max(score, scores.get(n) ?? 0))
  for (const { n, score } of added) scores.set(n, (scores.get(n) ?? 0) + score * scale)
  return [...scores].map(([n, score]) => ({ n, score })).sort((a, b) => b.score - a.score)
}

/** The casts matter: large numbers arrive as floats, for which FTS5 would read the whole index and filter afterwards. */
function statements(db: Db, columns: readonly number[]) {
  const within = 'rowid BETWEEN CAST(? AS INTEGER) AND CAST(? AS INTEGER)'
  const ranked = (table: string, rank: string) =>
    db.prepare<[string, number, number], Hit>(
      `SELECT rowid AS n, -rank AS score FROM ${table} WHERE ${table} MATCH ? AND rank MATCH '${rank}' AND ${within} ORDER BY rank`,
    )
  return {
    words: ranked('memory_words', `bm25(${columns.join(', ')})`),
    pairs: ranked('memory_pairs', 'bm25()'),
    frequency: db.prepare<[string, number, number, number], { count: number }>(
      `SELECT count(*) AS count FROM (SELECT 1 FROM memory_words WHERE memory_words MATCH ? AND ${within} LIMIT ?)`,
    ),
    text: db.prepare<[number], { text: string }>('SELECT text FROM memories WHERE n = ?'),
  }
}
