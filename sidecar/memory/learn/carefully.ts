import { tellingWords, wordsOf } from '../words.ts'
import { frameOf, isNegated, saysChange, stem } from './frame.ts'
import { isExclusive, type Relation, relate, replaced, type Statement } from './relate.ts'

/** Says how often, not of what. */
const OFTEN = new Set(['always', 'never', 'immer', 'nie', 'niemals', 'stets', 'bitte', 'please'].map(stem))
/** What comes after it is a value that may change: "The rent is 850 euros". */
const VALUED = /\b(?:is|are|costs?|=|ist|sind|beträgt|kostet|kosten|lautet)\s+(?:\S+\s+){0,2}$/iu
/** The person speaks of themselves, or gives an order. */
const OWN = /^(?:i|ich|we|wir|always|never|immer|nie|niemals|please|bitte|answer|antworte)\b/iu

/**
 * How a newer statement stands to an older one, as `relate`, for whoever changes memories by it: what speaks of other persons, things
 * or numbers neither repeats nor replaces, and where that is not plain a person is asked (`unsure`).
 */
export function carefully(newer: Statement, older: Statement, likeness?: number): Relation {
  const relation = relate(newer, older, likeness)
  if (relation === 'other') return relation
  const [a, b] = [stems(newer.text), stems(older.text)]
  // The same words in another order may say another thing: "Anna owes Tom", "tea over coffee".
  if (relation === 'same') return a.join(' ') === b.join(' ') ? relation : turned(newer.text, older.text)
  const apart = differs(newer.text, b) && differs(older.text, a)
  if (relation === 'near') return apart ? 'other' : 'near'
  if (saysChange(newer.text)) return relation
  if (frameOf(newer.text) && frameOf(older.text)) return relation
  if (isNegated(newer.text) !== isNegated(older.text)) {
    const how = denied(newer.text, older.text, apart)
    return relation === 'unsure' && how === 'contradicts' ? relation : how
  }
  if (relation === 'unsure') return apart && !isValue(newer, older) ? 'other' : notOfAnother(a, b, 'unsure')
  // Of whom or what it is said comes first: "For Anna …" takes nothing away from "For Tom …".
  return speakOfOne(a, b) ? relation : apart ? 'other' : 'unsure'
}

/** One says yes, the other no. */
function denied(newer: string, older: string, apart: boolean): Relation {
  const [no, yes] = isNegated(newer) ? [stems(newer), stems(older)] : [stems(older), stems(newer)]
  if (apart || !speakOfOne(no, yes)) return 'other'
  // "I never drink coffee after 4 pm" leaves the coffee before.
  return no.every((word) => yes.includes(word)) ? 'contradicts' : 'unsure'
}

const speakOfOne = (a: readonly string[], b: readonly string[]): boolean =>
  a[0] === undefined || b[0] === undefined || a.includes(b[0]) || b.includes(a[0])

/** What both say of different things is true of both: "My sister works at Bosch", "My brother works at Bosch". */
const notOfAnother = (a: readonly string[], b: readonly string[], relation: Relation): Relation =>
  a[0] !== b[0] && a.slice(1).join(' ') === b.slice(1).join(' ') && a.length > 2 ? 'other' : relation

/** Whether they differ in one value only, of which only one may hold. */
function isValue(newer: Statement, older: Statement): boolean {
  const gap = replaced(newer.text, older.text)
  if (gap?.left !== 1 || gap.right !== 1) return false
  if (gap.before > 0 && VALUED.test(gap.lead)) return true
  return isExclusive(newer, older) && OWN.test(newer.text) && OWN.test(older.text)
}

function turned(newer: string, older: string): Relation {
  const [a, b] = [frameOf(newer), frameOf(older)]
  if (!a || !b) return 'unsure'
  if (!a.key.startsWith('prefer')) return 'same'
  return a.value === b.value && a.negated === b.negated ? 'same' : 'contradicts'
}

/** Whether a text has a name or a number that is not among the words of another. */
function differs(text: string, others: readonly string[]): boolean {
  const names = text.match(/(?<=[^.!?…]\s)\p{Lu}[\p{L}\p{N}-]*|\S*\d\S*/gu) ?? []
  return names.flatMap(wordsOf).some((name) => !others.includes(stem(name)))
}

const stems = (text: string): string[] =>
  tellingWords(wordsOf(text))
    .map(stem)
    .filter((word) => !OFTEN.has(word))
