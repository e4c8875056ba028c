import type { Intent } from '../intent.ts'
import { bare, code, readPath, unquote, WORD } from '../words.ts'

const NAME = String.raw`(${WORD}|(?:that|this|the)\s+file)`
const VERB = '(?:replace|change|substitute|swap|rename)'
const ALL = String.raw`((?:all|every|each)\s+(?:occurrences?\s+of\s+|instances?\s+of\s+)?)?`
const PHRASE = String.raw`("[^"]*"|'[^']*'|“[^”]*”|\`[^\`]*\`|[\s\S]+?)`
const SWAP = String.raw`${VERB}\s+${ALL}(?:the\s+(?:text|word)\s+)?${PHRASE}\s+(?:with|to|by|into|for)\s+${PHRASE}`
const EVERYWHERE = String.raw`(\s+everywhere)?`
const FILE_LAST = new RegExp(String.raw`^${SWAP}${EVERYWHERE}\s+in\s+(?:the\s+file\s+)?${NAME}${EVERYWHERE}$`, 'i')
const FILE_FIRST = new RegExp(
  String.raw`^(?:in|edit|change)\s+(?:the\s+file\s+)?${NAME}?\s*[,:]?\s+(?:and\s+|to\s+)?${SWAP}${EVERYWHERE}$`,
  'i',
)
const FILE_KNOWN = new RegExp(`^${SWAP}${EVERYWHERE}$`, 'i')

export const edit: Intent = {
  name: 'edit',
  does: 'replaces text in a file',
  examples: ['replace "hello" with "goodbye" in notes.txt', 'in notes.txt replace all a with b'],
  verbs: ['edit', 'replace', 'change', 'substitute', 'rename', 'in'],
  match({ text, lastPath }) {
    const request = bare(text)
    const last = FILE_LAST.exec(request)
    if (last !== null) return step(readPath(last[5], lastPath), last[2]!, last[3]!, last[1] ?? last[4] ?? last[6])
    const first = FILE_FIRST.exec(request)
    if (first !== null && first[1] !== undefined) {
      return step(readPath(first[1], lastPath), first[3]!, first[4]!, first[2] ?? first[5])
    }
    const known = FILE_KNOWN.exec(request)
    return known === null ? undefined : step(lastPath, known[2]!, known[3]!, known[1] ?? known[4])
  },
}

function step(path: string | undefined, from: string, to: string, all: string | undefined) {
  const oldText = unquote(from)
  if (path === undefined || oldText === '') return undefined
  return {
    type: 'call',
    tool: 'edit',
    args: { path, oldText, newText: unquote(to), ...(all !== undefined && { replaceAll: true }) },
    doing: `edit ${code(path)}`,
    lead: `Done: ${code(path)} is changed.`,
    nothing: `Done: ${code(path)} is changed.`,
    path,
  } as const
}
