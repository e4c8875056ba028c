import { tellingWords, wordsOf } from '../words.ts'
import type { Tuning } from './tuning.ts'

/** A word that the query lacks, and what it counts beside the strongest of them. */
export interface WeighedWord {
  word: string
  weight: number
}

/** Shorter words, and numbers, are not added to a query. */
const ADDABLE = /^[^\d]{3,}$/u
/** A word in a larger share of the entries than this says too little. */
const COMMON_SHARE = 0.25
const MOST_COUNTED = 300
/** Words of the best hits that are looked up in the index. */
const LOOKED_UP = 20

/**
 * The words that tell the best hits from all else and that the query lacks (pseudo-relevance feedback; the relevance model of
 * Lavrenko and Croft, with the words' rarity).
 * @param hits the best hits' texts with their scores
 * @param frequency in how many entries a word is, counted up to a limit
 */
export function tellingWordsOf(
  hits: readonly { text: string; score: number }[],
  query: string,
  entries: number,
  frequency: (word: string, most: number) => number,
  { addedWords }: Tuning,
): WeighedWord[] {
  const asked = tellingWords(wordsOf(query))
  const shares = new Map<string, number>()
  for (const { text, score } of hits) {
    const words = wordsOf(text)
    for (const word of words) shares.set(word, (shares.get(word) ?? 0) + score / words.length)
  }
  const most = Math.min(MOST_COUNTED, Math.max(2, Math.floor(entries * COMMON_SHARE)))
  const found = tellingWords([...shares.keys()])
    .filter((word) => ADDABLE.test(word) && !asked.some((other) => alike(word, other)))
    .map((word) => ({ word, share: shares.get(word)! }))
    .sort((a, b) => b.share - a.share)
    .slice(0, LOOKED_UP)
    .flatMap(({ word, share }) => {
      const count = frequency(word, most)
      return count >= most ? [] : [{ word, weight: share * Math.log((entries - count + 0.5) / (count + 0.5)) }]
    })
    .filter(({ weight }) => weight > 0)
    .sort((a, b) => b.weight - a.weight)
    .slice(0, addedWords)
  return found.map(({ word, weight }) => ({ word, weight: weight / found[0]!.weight }))
}

/** Whether two words are forms of one, as far as their beginnings tell. */
function alike(a: string, b: string): boolean {
  const length = Math.max(4, Math.min(a.length, b.length) - 2)
  return a.slice(0, length) === b.slice(0, length)
}
