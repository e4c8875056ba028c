import { tellingWords, wordsOf } from '../words.ts'
import { doubtOf } from './doubt.ts'
import { isNegated, stem } from './frame.ts'
import { ownSentences } from './sentences.ts'

/** Words by which a text speaks of the person, whoever put it so. */
const OF_PERSON = new Set(['user', 'person', 'nutzer', 'benutzer', 'nutzerin', 'prefers', 'bevorzugt'].map(stem))

/**
 * Whether the person said this themselves: one sentence of theirs, no question and no supposition, has all its telling words and says
 * yes or no alike. However a text came to be, it then says nothing that they did not.
 */
export function saidBy(said: string, text: string): boolean {
  const wanted = tellingWords(wordsOf(text))
    .map(stem)
    .filter((word) => !OF_PERSON.has(word))
  if (wanted.length < 2) return false
  return ownSentences(said).some((sentence) => {
    if (doubtOf(sentence) !== undefined || isNegated(sentence) !== isNegated(text)) return false
    const words = new Set(wordsOf(sentence).map(stem))
    return wanted.every((word) => words.has(word))
  })
}
