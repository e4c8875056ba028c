import type { Intent } from '../intent.ts'
import { bare, code, isQuoted, looksLikePath, readPath, unquote, WORD } from '../words.ts'

const PHRASE = String.raw`("[^"]+"|'[^']+'|“[^”]+”|\`[^\`]+\`|\/.+\/|[\s\S]+?)`
const WHAT = String.raw`(?:the\s+)?(?:(?:text|word|string|phrase|pattern)\s+)?(?:all\s+)?(?:(?:occurrences?|uses|mentions)\s+of\s+)?`
const WHERE = String.raw`(?:\s+(?:in|under|inside|within)\s+((?:all\s+|the\s+|my\s+|every\s+)*${WORD}(?:\s+(?:files?|folder|directory))?))?`
const PATTERNS = [
  new RegExp(String.raw`^(?:search|grep|look|scan)\s+(?:for\s+)${WHAT}${PHRASE}${WHERE}$`, 'i'),
  new RegExp(String.raw`^grep\s+(?:-\w+\s+)*${PHRASE}(?:\s+(?:in\s+)?(${WORD}))?$`, 'i'),
  new RegExp(
    String.raw`^find\s+(?:the\s+)?(?:text|word|string|phrase|(?:all\s+)?(?:occurrences?|uses|mentions)\s+of)\s+${PHRASE}${WHERE}$`,
    'i',
  ),
  new RegExp(String.raw`^(?:which|what)\s+files?\s+(?:contain|mention|have|use)s?\s+${WHAT}${PHRASE}${WHERE}$`, 'i'),
  new RegExp(String.raw`^where\s+(?:is|are)\s+${PHRASE}\s+(?:mentioned|used|defined|called|written)${WHERE}$`, 'i'),
]
const FIND = new RegExp(
  String.raw`^(?:find|search|locate)\s+${PHRASE}(?:\s+(?:in|inside|within)\s+((?:all\s+|the\s+|my\s+)*${WORD}(?:\s+(?:files?|folder|directory))?))?$`,
  'i',
)
const PLACE_FIRST = new RegExp(
  String.raw`^search\s+(?:in\s+)?((?:all\s+|the\s+|my\s+)*${WORD}(?:\s+(?:files?|folder|directory))?)\s+for\s+${WHAT}${PHRASE}$`,
  'i',
)

export const grep: Intent = {
  name: 'search',
  does: 'finds text inside files',
  examples: ['search for TODO in src', 'which files contain "hello"?'],
  verbs: ['search', 'grep', 'find', 'look', 'scan', 'which', 'where'],
  match({ text, lastPath }) {
    const request = bare(text)
    const placed = PLACE_FIRST.exec(request)
    if (placed !== null) return step(placed[2]!, placed[1], lastPath)
    for (const pattern of PATTERNS) {
      const match = pattern.exec(request)
      if (match !== null) return step(match[1]!, match[2], lastPath)
    }
    // "find TODO in src" means text; "find notes.txt" and "find *.md" mean files.
    const found = FIND.exec(request)
    if (found === null || (!isQuoted(found[1]!) && (found[2] === undefined || looksLikePath(found[1]!)))) return undefined
    return step(found[1]!, found[2], lastPath)
  },
}

const EVERYWHERE = /^(?:files?|folder|directory|here|it all|everything|workspace|project|this)$/i

function step(phrase: string, where: string | undefined, lastPath: string | undefined) {
  const regex = /^\/(.+)\/$/.exec(phrase)
  const words = unquote(phrase)
  if (words.trim() === '') return undefined
  const place = (where ?? '').replace(/^(?:(?:all|the|my|every)\s+)+/i, '').replace(/\s+(?:files?|folder|directory)$/i, '')
  const scope = place === '' || EVERYWHERE.test(place) ? undefined : readPath(place, lastPath)
  const isGlob = scope !== undefined && /[*?]/.test(scope)
  return {
    type: 'call',
    tool: 'grep',
    args: {
      // The tool takes a regular expression; a person means their words.
      pattern: regex?.[1] ?? words.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'),
      ...(scope !== undefined && (isGlob ? { glob: scope } : { path: scope })),
    },
    doing: `search for ${code(words)}${scope === undefined ? '' : ` in ${code(scope)}`}`,
    lead: `Lines with ${code(words)}:`,
    nothing: `I found ${code(words)} nowhere.`,
  } as const
}
