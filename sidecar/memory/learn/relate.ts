import type { MemoryType } from '../../contract/index.ts'
import { tellingWords, wordsOf } from '../words.ts'
import { frameOf, isNegated, ofOneKind, saysChange, stem } from './frame.ts'

/** What is compared: a new text with what is known, or two things that are known. */
export interface Statement {
  text: string
  type: MemoryType
}

/**
 * How a newer statement stands to an older one. `same`: says nothing else. `near`: says the same and more, or less.
 * `contradicts`: both cannot hold. `unsure`: perhaps they cannot. `other`: they have nothing to do with each other.
 */
export type Relation = 'same' | 'near' | 'contradicts' | 'unsure' | 'other'

/** Vectors at least this alike may say the same in other words. */
const ALIKE = 0.8
/** Of the words of the shorter one: how many must be shared. */
const MOST_WORDS = 0.6
/** Vectors less alike than this are of something else, whatever words they share. */
const APART = 0.35
/** These say what is so, and seldom two things at once. */
const EXCLUSIVE: ReadonlySet<MemoryType> = new Set<MemoryType>(['profile', 'preference', 'decision'])
/** Of these one may have several, each with a name of its own. */
const MANY = new Set(
  'son daughter child kid brother sister friend colleague dog cat pet car bike server project sohn tochter kind bruder schwester freund freundin kollege kollegin hund katze kater haustier auto fahrrad projekt'
    .split(' ')
    .map(stem),
)
const EXPRESSIONS = /\d+(?:[.:,/-]\d+)*/g

/** @param newer @param older @param likeness of their vectors, from -1 to 1; absent: unknown */
export function relate(newer: Statement, older: Statement, likeness?: number): Relation {
  const a = bag(newer.text)
  const b = bag(older.text)
  const sameSense = isNegated(newer.text) === isNegated(older.text)
  const sameNumbers = numbersOf(newer.text) === numbersOf(older.text)
  const shared = [...a].filter((word) => b.has(word)).length
  if (shared === a.size && shared === b.size) return sameSense && sameNumbers ? sameOrder(newer, older) : 'contradicts'
  const framed = byFrames(newer.text, older.text)
  if (framed) return framed
  if (shared === 0 || (likeness !== undefined && likeness < APART)) return 'other'
  const overlap = shared / Math.min(a.size, b.size)
  if (overlap === 1 && sameSense && (sameNumbers || numbersOf(older.text) === '' || numbersOf(newer.text) === '')) return 'near'
  if (overlap >= MOST_WORDS && !sameSense) return 'contradicts'
  const alike = likeness === undefined ? overlap >= MOST_WORDS : likeness >= ALIKE
  if (overlap >= MOST_WORDS && sameNumbers && alike && replaced(newer.text, older.text) === undefined) return 'near'
  return byReplacement(newer, older, overlap)
}

function byFrames(newer: string, older: string): Relation | undefined {
  const a = frameOf(newer)
  const b = frameOf(older)
  if (!a || !b) return undefined
  // My favourite food says nothing of my favourite colour.
  if (a.key !== b.key) return ofOneKind(a, b) && !a.key.startsWith('prefer') ? 'other' : undefined
  const same = a.value === b.value
  const within = ` ${a.value} `.includes(` ${b.value} `) || ` ${b.value} `.includes(` ${a.value} `)
  if (same || within) return a.negated === b.negated ? (same && sameWords(newer, older) ? 'same' : 'near') : 'contradicts'
  // "I do not live in Rome" says nothing against living in Berlin.
  if (a.negated || b.negated) return 'other'
  // One may have two of them.
  return ofMany(a.key) && !saysChange(newer) ? 'unsure' : 'contradicts'
}

const ofMany = (key: string): boolean => key.startsWith('my ') && key.split(' ').some((word) => MANY.has(word))

/** The same words may be in another order: "tea rather than coffee". */
function sameOrder(newer: Statement, older: Statement): Relation {
  return byFrames(newer.text, older.text) ?? 'same'
}

/** One thing stands where another stood: "tabs in Go files", "spaces in Go files". */
function byReplacement(newer: Statement, older: Statement, overlap: number): Relation {
  const gap = replaced(newer.text, older.text)
  const exclusive = isExclusive(newer, older)
  if (gap === undefined) return overlap >= MOST_WORDS && saysChange(newer.text) ? 'unsure' : 'other'
  const { before, after } = gap
  if (after > 0 && (exclusive || saysChange(newer.text))) return 'contradicts'
  if (saysChange(newer.text) && before > 0) return exclusive ? 'contradicts' : 'unsure'
  if (exclusive && before > 0) return 'unsure'
  return after > 0 && before > 0 ? 'unsure' : 'other'
}

/** Whether two of this kind seldom hold at once. */
export const isExclusive = (a: Statement, b: Statement): boolean => EXCLUSIVE.has(a.type) && a.type === b.type

/** Where two sentences differ in one place only. */
export interface Gap {
  /** Telling words that are the same before it and after it. */
  before: number
  after: number
  /** Telling words in it, of each. */
  left: number
  right: number
  /** What is said before it. */
  lead: string
}

export function replaced(newer: string, older: string): Gap | undefined {
  const a = wordsOf(newer)
  const b = wordsOf(older)
  const most = Math.min(a.length, b.length)
  let start = 0
  while (start < most && stem(a[start]!) === stem(b[start]!)) start++
  let end = 0
  while (end < most - start && stem(a[a.length - 1 - end]!) === stem(b[b.length - 1 - end]!)) end++
  const [left, right] = [a.length - start - end, b.length - start - end]
  // Nothing was left out or added, and what differs is short.
  if (left === 0 || right === 0 || left > 4 || right > 4 || start + end < 2) return undefined
  const telling = (words: readonly string[]): number => (words.length === 0 ? 0 : tellingWords(words).length)
  return {
    before: telling(a.slice(0, start)),
    after: telling(a.slice(a.length - end)),
    left: telling(a.slice(start, a.length - end)),
    right: telling(b.slice(start, b.length - end)),
    lead: `${a.slice(0, start).join(' ')} `,
  }
}

/** Whether neither says more than the other. */
const sameWords = (a: string, b: string): boolean => bag(a).size === bag(b).size

const bag = (text: string): Set<string> => new Set(tellingWords(wordsOf(text)).map(stem))
const numbersOf = (text: string): string => (text.match(EXPRESSIONS) ?? []).sort().join(' ')
