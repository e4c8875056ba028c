import { meaningOf, parted } from './front-matter.ts'

/** A link as it is written: `[[target#heading|alias]]`. */
export interface NoteLink {
  target: string
  heading?: string | undefined
  alias?: string | undefined
}

export interface Note {
  title: string
  tags: string[]
  aliases: string[]
  /** What is known of where it came from: `untrusted`, `agent`, `private`. */
  taint: string[]
  links: NoteLink[]
  front: string | undefined
  body: string
}

const MOST_LINKS = 1000
const MOST_TAGS = 32
const LINK = /!?\[\[([^[\]|#\n]{0,300})(?:#([^[\]|\n]{1,300}))?(?:\|([^[\]\n]{1,300}))?\]\]/g
const TAG = /(?:^|[\s(])#([\p{L}\p{N}_/-]*[\p{L}_/-][\p{L}\p{N}_/-]*)/gu
const CODE = /^(`{3,}|~{3,})[\s\S]*?^\1|`[^`\n]*`/gm

/** What a note says of itself. @param path relative to the folder, with `/` */
export function parseNote(path: string, text: string): Note {
  const { front, body } = parted(text)
  const meaning = meaningOf(front)
  // Links and tags in code are none.
  const prose = body.replace(CODE, (code) => ' '.repeat(Math.min(code.length, 10)))
  const heading = /^#\s+(.+?)\s*#*$/m.exec(prose)?.[1]
  const title = typeof meaning.title === 'string' && meaning.title.trim() !== '' ? meaning.title : heading
  const links: NoteLink[] = []
  for (const [, target, place, alias] of prose.matchAll(LINK)) {
    if (target!.trim() === '' && place === undefined) continue
    links.push({ target: target!.trim(), heading: place?.trim(), alias: alias?.trim() })
    if (links.length === MOST_LINKS) break
  }
  const tags = [...words(meaning.tags ?? meaning.tag), ...[...prose.matchAll(TAG)].map(([, tag]) => tag!)]
  return {
    title: (title ?? nameOf(path)).trim().slice(0, 300),
    tags: [...new Set(tags.map((tag) => tag.replace(/^#/, '').slice(0, 60)))].slice(0, MOST_TAGS),
    aliases: words(meaning.aliases ?? meaning.alias).slice(0, MOST_TAGS),
    taint: words(meaning.taint).filter((label) => label.length <= 60),
    links,
    front,
    body,
  }
}

/** The file's name without its folders and `.md`. */
export const nameOf = (path: string): string => path.slice(path.lastIndexOf('/') + 1).replace(/\.md$/i, '')

/** What links may call a note, all in lower case: its path, its name, its aliases. */
export const keysOf = (path: string, aliases: readonly string[]): string[] => [
  ...new Set([path.replace(/\.md$/i, ''), nameOf(path), ...aliases].map((key) => key.toLowerCase())),
]

/** A target as keys are written. */
export const keyOf = (target: string): string =>
  target
    .replace(/\.md$/i, '')
    .replace(/^\.?\//, '')
    .toLowerCase()

function words(value: unknown): string[] {
  if (typeof value === 'string') return value.split(/[,\s]+/).filter((word) => word !== '')
  if (!Array.isArray(value)) return []
  return value.filter((word): word is string => typeof word === 'string' && word.trim() !== '').map((word) => word.trim())
}
