import { stem } from '../learn/frame.ts'
import { tellingWords, wordsOf } from '../words.ts'

/** Of the telling words of an answer, so many must be among those it was made of: else it is of something else. */
const SHARED = 0.4
const FEWEST_WORDS = 3
const MOST_TEXT = 2000

/**
 * What a model made of texts, where it can be kept: it speaks of them, with no number that stands in none of them.
 * @returns the answer in one piece, or undefined: it is nonsense, or invented
 */
export function grounded(answer: string | undefined, texts: readonly string[]): string | undefined {
  const told = answer?.replace(/\s+/g, ' ').trim() ?? ''
  if (told === '' || told.length > MOST_TEXT) return undefined
  const known = new Set(texts.flatMap(wordsOf).map(stem))
  const words = tellingWords(wordsOf(told)).map(stem)
  if (words.length < FEWEST_WORDS) return undefined
  const shared = words.filter((word) => known.has(word)).length
  const invented = wordsOf(told).some((word) => /^\d+$/.test(word) && !known.has(word))
  return shared >= SHARED * words.length && !invented ? told : undefined
}
