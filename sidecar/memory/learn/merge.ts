import type { Memory } from '../../contract/index.ts'
import { tellingWords, wordsOf } from '../words.ts'
import { stem } from './frame.ts'

const MOST_TAGS = 32
/** Sentences that a merged text may have: beyond it, the newer one stands alone. */
const MOST_TEXT = 600

type Part = Pick<Memory, 'text' | 'tags' | 'importance'>

/** What two memories that say nearly the same say together: the fuller of the two, or both where each has something of its own. */
export function merged(newer: Part, older: Part): { text: string; tags: string[]; importance: number } {
  const tags = [...new Set([...older.tags, ...newer.tags])].slice(0, MOST_TAGS)
  return { text: mergedText(newer.text, older.text), tags, importance: Math.max(newer.importance, older.importance) }
}

/** The fuller text, or both. */
export function mergedText(newer: string, older: string): string {
  const a = wordsIn(newer)
  const b = wordsIn(older)
  if ([...b].every((word) => a.has(word))) return newer
  if ([...a].every((word) => b.has(word))) return older
  const both = `${ended(older)} ${newer}`
  return both.length <= MOST_TEXT ? both : newer
}

const wordsIn = (text: string): Set<string> => new Set(tellingWords(wordsOf(text)).map(stem))
const ended = (text: string): string => (/[.!?…]$/.test(text) ? text : `${text}.`)
