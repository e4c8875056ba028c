import type { Memory } from '../contract/index.ts'
import { bounded } from './text.ts'

/** As agent of a reach: only what is every agent's. */
export const SHARED = ''

const MOST_TEXT = 1500

/** Memories for a model: a block each, with what it needs to judge and to name them. */
export function shown(memories: readonly Memory[]): string {
  return bounded(memories.map(block).join('\n\n'), 'some memories left out; ask for fewer')
}

/** What memories bring into a conversation: the labels of the one they were saved in. */
export function labelled(memories: readonly { taint: readonly string[] }[]): { untrusted?: true; private?: true } {
  const has = (label: string): boolean => memories.some(({ taint }) => taint.includes(label))
  return { ...(has('untrusted') && { untrusted: true }), ...(has('private') && { private: true }) }
}

function block({ id, type, text, tags, speaker, validFrom, validTo, taint, pinned, protection }: Memory): string {
  const facts = [
    type,
    validTo === undefined ? `since ${validFrom.slice(0, 10)}` : `from ${validFrom.slice(0, 10)} to ${validTo.slice(0, 10)}`,
    ...(tags.length > 0 ? [`tags: ${tags.join(', ')}`] : []),
    ...(pinned ? ['pinned'] : []),
    ...(protection === 'none' ? [] : [`protection: ${protection}`]),
    // Where it came from decides how far it may be believed.
    ...(taint.length > 0 ? [`not from the person: ${taint.join(', ')}`] : []),
  ]
  const cut = text.length > MOST_TEXT ? `${text.slice(0, MOST_TEXT).toWellFormed()}…` : text
  return `[${id}] ${facts.join(' · ')}\n${speaker === undefined ? '' : `${speaker}: `}${cut}`
}
