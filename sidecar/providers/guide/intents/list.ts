import type { Intent } from '../intent.ts'
import { bare, code, isQuoted, looksLikePath, readPath } from '../words.ts'

const FILLER =
  /^(?:all|the|my|our|me|of|files?|folders?|subfolders|directory|directories|contents?|everything|here|is|are|there|do|i|we|have|in|inside|under|from|at|on|this|current|workspace|project)(?:\s+|$)/i
const NAMED = /\b(?:files?|folders?|director(?:y|ies)|contents?|everything|here)\b/i

export const list: Intent = {
  name: 'list',
  does: 'shows what is in a folder',
  examples: ['list the files in src', 'ls'],
  verbs: ['list', 'ls', 'dir', 'show', 'display', 'what'],
  match({ text, lastPath }) {
    const asked = /^(list|ls|dir|show|display|what's|what|which)\b\s*([\s\S]*)$/i.exec(bare(text))
    if (asked === null) return undefined
    const plain = /^(?:list|ls|dir)$/i.test(asked[1]!)
    const inside = /^(?:is |are )?in(?:side)?\s/i.test(asked[2]!)
    if (!plain && !inside && !NAMED.test(asked[2]!)) return undefined
    let rest = asked[2]!
    for (let next = rest.replace(FILLER, ''); next !== rest; next = rest.replace(FILLER, '')) rest = next
    rest = rest.replace(/\s+(?:folder|directory)$/i, '')
    if (rest === '') return step(undefined)
    const path = readPath(rest, lastPath)
    if (path === undefined || /[*?]/.test(path)) return undefined
    // "What is in notes.txt" asks for a file's text.
    if (!plain && !isQuoted(rest) && looksLikePath(path) && !path.endsWith('/') && /\.\w+$/.test(path)) return undefined
    return step(path)
  },
}

const step = (path: string | undefined) =>
  ({
    type: 'call',
    tool: 'ls',
    args: path === undefined ? {} : { path },
    doing: path === undefined ? 'list this folder' : `list ${code(path)}`,
    lead: path === undefined ? 'This folder holds:' : `${code(path)} holds:`,
    nothing: path === undefined ? 'This folder is empty.' : `${code(path)} is empty.`,
  }) as const
