import { hash } from 'node:crypto'
import type { AuditEntry } from '../contract/index.ts'
import { canonical } from './canonical.ts'
import type { Scrubber } from './scrub.ts'

/** Longest excerpt and longest line for people, in UTF-16 units. */
const EXCERPT = 600
const LINE = 300

/** Something that happened, before it has a place in the record. */
export type AuditEvent = Omit<AuditEntry, 'position' | 'at' | 'digest' | 'excerpt'> & {
  /** Arguments, a result, an answer: recorded as digest and bounded excerpt, without its secrets. */
  content?: unknown
}

/** An entry before it has a place. */
export type Unplaced = Omit<AuditEntry, 'position'>

/** The entry of an event: bounded, and without secrets. @throws where what it holds cannot be read at all */
export function entryOf(event: AuditEvent, at: string, scrubber: Scrubber): Unplaced {
  const { content, title, reason, data, ...rest } = event
  const clean = content === undefined ? undefined : textOf(scrubber.value(content))
  return {
    ...rest,
    at,
    title: cut(scrubber.text(title), LINE),
    ...(reason !== undefined && { reason: cut(scrubber.text(reason), LINE) }),
    ...(data !== undefined && { data: scrubber.value(data) as NonNullable<AuditEntry['data']> }),
    ...(clean !== undefined && { digest: hash('sha256', clean, 'base64url'), excerpt: cut(clean, EXCERPT) }),
  }
}

/** What stands for an event whose entry cannot be made: that it happened is told all the same. */
export const unsaid = ({ kind, actor, session, turn, decision }: AuditEvent, at: string): Unplaced => ({
  kind,
  actor,
  ...(session !== undefined && { session }),
  ...(turn !== undefined && { turn }),
  ...(decision !== undefined && { decision }),
  at,
  title: 'Something that could not be put into words',
})

const textOf = (content: unknown): string => (typeof content === 'string' ? content : canonical(content))

/** Never between the halves of one character. */
function cut(text: string, most: number): string {
  if (text.length <= most) return text
  const code = text.charCodeAt(most - 1)
  return `${text.slice(0, code >= 0xd800 && code < 0xdc00 ? most - 1 : most)}…`
}
