import type { Intent } from '../intent.ts'
import { bare, code, isQuoted, looksLikePath, readPath, unquote, WORD } from '../words.ts'

const VERB = String.raw`(?:find|locate|list|show(?:\s+me)?|search\s+for|look\s+for|where\s+(?:is|are))`
const WHERE = String.raw`(?:\s+(?:in|under|inside|below)\s+(?:the\s+)?(?:folder\s+)?(${WORD}?)(?:\s+(?:folder|directory))?)?`
const BY_NAME = new RegExp(
  String.raw`^${VERB}\s+(?:me\s+)?(?:all\s+|any\s+|the\s+|every\s+)*files?\s+(?:named|called|matching|like)\s+(${WORD})${WHERE}$`,
  'i',
)
const BY_KIND = new RegExp(
  String.raw`^${VERB}\s+(?:me\s+)?(?:all\s+|any\s+|the\s+|every\s+|my\s+)*(${WORD})\s+files?${WHERE}$`,
  'i',
)
const BY_PATTERN = new RegExp(String.raw`^${VERB}\s+(?:me\s+)?(?:all\s+|the\s+)*(?:file\s+)?(${WORD})${WHERE}$`, 'i')

const KINDS: Readonly<Record<string, string>> = {
  markdown: '*.md',
  text: '*.txt',
  typescript: '*.ts',
  javascript: '*.js',
  python: '*.py',
  rust: '*.rs',
  go: '*.go',
  json: '*.json',
  yaml: '*.y*ml',
  toml: '*.toml',
  html: '*.html',
  css: '*.css',
  csv: '*.csv',
  pdf: '*.pdf',
}

export const find: Intent = {
  name: 'find',
  does: 'finds files by name',
  examples: ['find all *.md files', 'find files named config.json in src'],
  verbs: ['find', 'locate', 'where', 'look'],
  match({ text }) {
    const request = bare(text)
    const named = BY_NAME.exec(request)
    if (named !== null) return step(unquote(bare(named[1]!)), named[2])
    const kind = BY_KIND.exec(request)
    if (kind !== null) {
      const word = unquote(kind[1]!)
      const pattern = KINDS[word.toLowerCase()] ?? (/^\.\w+$/.test(word) ? `*${word}` : word)
      if (/[*?]/.test(pattern)) return step(pattern, kind[2])
    }
    const pattern = BY_PATTERN.exec(request)
    const word = pattern?.[1]
    // A quotation is text to look for inside files, unless it is a pattern of names.
    if (word === undefined || !(/[*?]/.test(word) || (!isQuoted(word) && looksLikePath(word)))) return undefined
    return /^(?:list|show)/i.test(request) && !/[*?]/.test(word) ? undefined : step(unquote(word), pattern?.[2])
  },
}

function step(name: string, where: string | undefined) {
  const path = where && !/^(?:here|this|workspace|project)$/i.test(where) ? readPath(where, undefined) : undefined
  // A bare name is looked for in every folder below.
  const pattern = name.includes('/') ? name : `**/${name}`
  return {
    type: 'call',
    tool: 'find',
    args: { pattern, ...(path !== undefined && { path }) },
    doing: `find ${code(name)}${path === undefined ? '' : ` in ${code(path)}`}`,
    lead: `Files for ${code(name)}:`,
    nothing: `I found no file for ${code(name)}.`,
  } as const
}
