import type { Db } from '../../foundation/index.ts'
import { pairsOf } from '../pairs.ts'
import type { Range } from '../shelf.ts'
import { tellingWords, wordsOf } from '../words.ts'
import type { Hit } from './hit.ts'

const MOST_WORDS = 64
const PHRASE = /["“„«]([^"“”„«»]+)["”“»]/gu

/** Finds by words. */
export class WordLeg {
  readonly #words: (columns: readonly number[]) => Find
  readonly #pairs: Find

  constructor(db: Db) {
    const finder = (table: string, rank: string): Find => {
      const statement = db.prepare<[string, number, number], { n: number; score: number }>(
        `SELECT rowid AS n, -rank AS score FROM ${table}
         WHERE ${table} MATCH ? AND rank MATCH '${rank}' AND rowid BETWEEN ? AND ? ORDER BY rank`,
      )
      return (match, { from, to }) => statement.iterate(match, from, to)
    }
    let known: { key: string; find: Find } | undefined
    this.#words = (columns) => {
      const key = columns.join(', ')
      if (known?.key !== key) known = { key, find: finder('memory_words', `bm25(${key})`) }
      return known.find
    }
    this.#pairs = finder('memory_pairs', 'bm25()')
  }

  /** The best of the ranges, best first. @param allowed absent: all of them */
  find(
    query: string,
    ranges: readonly Range[],
    allowed: ReadonlySet<number> | undefined,
    most: number,
    columns: readonly number[],
  ): Hit[] {
    const hits: Hit[] = []
    const match = matchOf(query)
    const pairs = pairsOf(query)
    for (const range of ranges) {
      if (match !== '') take(this.#words(columns)(match, range), hits, allowed, most)
      if (pairs !== '') take(this.#pairs(anyOf(pairs.split(' ')), range), hits, allowed, most)
    }
    return best(hits, most)
  }
}

type Find = (match: string, range: Range) => Iterable<Hit>

/** Phrases in quotes must be there; of the other words as many as possible. */
function matchOf(query: string): string {
  const phrases = [...query.matchAll(PHRASE)].map(([, phrase]) => wordsOf(phrase!)).filter((words) => words.length > 0)
  const loose = tellingWords(wordsOf(query)).slice(0, MOST_WORDS)
  if (phrases.length === 0) return anyOf(loose)
  const must = phrases.map((words) => `"${words.join(' ')}"`).join(' AND ')
  return `(${must}) AND (${anyOf(loose)})`
}

const anyOf = (words: readonly string[]): string => words.map((word) => `"${word}"`).join(' OR ')

function take(found: Iterable<Hit>, into: Hit[], allowed: ReadonlySet<number> | undefined, most: number): void {
  let taken = 0
  for (const hit of found) {
    if (allowed && !allowed.has(hit.n)) continue
    into.push(hit)
    if (++taken === most) break
  }
}

/** The same memory found by words and by pairs counts with the better of both. */
function best(hits: readonly Hit[], most: number): Hit[] {
  const byNumber = new Map<number, number>()
  for (const { n, score } of hits) byNumber.set(n, Math.max(score, byNumber.get(n) ?? 0))
  return [...byNumber]
    .map(([n, score]) => ({ n, score }))
    .sort((a, b) => b.score - a.score)
    .slice(0, most)
}
