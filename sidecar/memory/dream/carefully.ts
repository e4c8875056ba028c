import { frameOf, saysChange, stem } from '../learn/frame.ts'
import { type Relation, relate, type Statement } from '../learn/relate.ts'
import { tellingWords, wordsOf } from '../words.ts'

/**
 * As `relate`, for two things that have stood side by side, and that nobody is there to ask about: what speaks of different names
 * or numbers neither repeats nor replaces.
 */
export function carefully(newer: Statement, older: Statement, likeness?: number): Relation {
  const relation = relate(newer, older, likeness)
  if (relation === 'other') return relation
  const [a, b] = [stems(newer.text), stems(older.text)]
  // The same words in another order may say another thing: "Anna owes Tom", "tea over coffee".
  if (relation === 'same') return a.join(' ') === b.join(' ') ? relation : turned(newer.text, older.text)
  const apart = differs(newer.text, b) && differs(older.text, a)
  if (relation === 'near') return apart ? 'other' : 'near'
  if (relation === 'unsure') return apart && !saysChange(newer.text) ? 'other' : 'unsure'
  // Of whom or what it is said comes first: "For Anna …" takes nothing away from "For Tom …".
  const [first, other] = [a[0], b[0]]
  const framed = frameOf(newer.text) !== undefined && frameOf(older.text) !== undefined
  if (framed || saysChange(newer.text) || first === undefined || other === undefined) return relation
  if (a.includes(other) || b.includes(first)) return relation
  return apart ? 'other' : 'unsure'
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

const stems = (text: string): string[] => tellingWords(wordsOf(text)).map(stem)
