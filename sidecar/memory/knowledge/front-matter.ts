import { type Document, parseDocument } from 'yaml'
import { OxbowError } from '../../foundation/index.ts'

const FRONT = /^\uFEFF?---[ \t]*\r?\n([\s\S]*?)(?:^|\r?\n)---[ \t]*(?:\r?\n|$)/
/** A front matter says what a note is, not more. */
const MOST = 64 * 1024

export interface Parted {
  /** The lines between the dashes, as they are; undefined: there are none. */
  front: string | undefined
  body: string
}

/** Parts a note at its front matter. */
export function parted(text: string): Parted {
  const found = FRONT.exec(text)
  if (!found) return { front: undefined, body: text.replace(/^\uFEFF/, '') }
  return { front: found[1]!, body: text.slice(found[0].length) }
}

export const joined = ({ front, body }: Parted): string =>
  front === undefined ? body : `---\n${front === '' ? '' : `${front.replace(/\n$/, '')}\n`}---\n${body}`

/** What a front matter says; nothing where it cannot be read: the note is still a note. */
export function meaningOf(front: string | undefined): Record<string, unknown> {
  const document = readable(front)
  const value: unknown = document?.toJS({ maxAliasCount: 20 })
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {}
}

/**
 * A front matter with other values; what it says beside them, its order and its comments stay.
 * @throws OxbowError `knowledge.frontMatter` where it cannot be read
 */
export function withValues(front: string | undefined, values: Readonly<Record<string, unknown>>): string {
  if (Object.keys(values).length === 0) return front ?? ''
  const document = front === undefined || front.trim() === '' ? parseDocument('{}') : readable(front)
  if (!document)
    throw new OxbowError(
      'CONFLICT',
      'knowledge.frontMatter',
      'the front matter of this note cannot be read, so nothing can be set in it',
      'Correct the lines between --- and --- at its beginning.',
    )
  if (front === undefined || front.trim() === '') {
    document.contents = document.createNode(values) as typeof document.contents
    return document.toString()
  }
  for (const [name, value] of Object.entries(values)) document.set(name, value)
  return document.toString()
}

function readable(front: string | undefined): Document.Parsed | undefined {
  if (front === undefined || front.length > MOST) return undefined
  const document = parseDocument(front, { prettyErrors: false, strict: false })
  return document.errors.length === 0 ? document : undefined
}
