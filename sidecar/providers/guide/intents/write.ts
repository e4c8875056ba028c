import type { Intent } from '../intent.ts'
import { bare, code, looksLikePath, readPath, unquote, WORD } from '../words.ts'

const FILE = String.raw`(?:me\s+)?(?:an?\s+|the\s+)?(?:new\s+)?(?:(?:text\s+)?file\s+)?(?:called\s+|named\s+)?(${WORD})`
const WITH = String.raw`(?:with|containing|contains|saying|(?:that|which) (?:says|contains|has|reads))\b(?:\s+(?:the\s+)?(?:following\s+)?(?:texts?|contents?|words?|lines?)(?=\s*:|\s+["'“\`]))?`
const NAMED_FIRST = new RegExp(
  String.raw`^(?:create|make|write|add|save|generate)\s+(?:to\s+)?${FILE}\s+${WITH}\s*:?\s*([\s\S]+)$`,
  'i',
)
const AFTER_COLON = new RegExp(String.raw`^(?:create|make|write|add|save)\s+(?:to\s+)?${FILE}\s*:\s*([\s\S]+)$`, 'i')
const NAMED_LAST = new RegExp(
  String.raw`^(?:write|put|save|store)\s+([\s\S]+?)\s+(?:to|into|in|as)\s+(?:an?\s+|the\s+)?(?:new\s+)?(?:file\s+)?(?:called\s+|named\s+)?(${WORD}|(?:that|this|the)\s+file)$`,
  'i',
)
const EMPTY = new RegExp(
  String.raw`^(?:create|make|touch|add)\s+(?:an?\s+|the\s+)?(?:(?:new|empty)\s+)*(file\s+)?(?:called\s+|named\s+)?(${WORD})$`,
  'i',
)

export const write: Intent = {
  name: 'write',
  does: 'creates a file, or writes it anew',
  examples: ['create notes.txt with hello', 'write "milk and eggs" to shopping.md'],
  verbs: ['create', 'make', 'write', 'add', 'save', 'put', 'generate', 'touch'],
  match({ text, lastPath }) {
    for (const pattern of [NAMED_FIRST, AFTER_COLON]) {
      const named = pattern.exec(text)
      const path = named === null ? undefined : readPath(named[1]!.replace(/:$/, ''), lastPath)
      if (path !== undefined && looksLikePath(named![1]!)) return step(path, unquote(named![2]!))
    }
    const last = NAMED_LAST.exec(bare(text))
    if (last !== null) {
      const path = readPath(last[2], lastPath)
      if (path !== undefined && (path === lastPath || looksLikePath(last[2]!))) return step(path, unquote(last[1]!))
    }
    const empty = EMPTY.exec(bare(text))
    if (empty === null || (empty[1] === undefined && !looksLikePath(empty[2]!))) return undefined
    const path = readPath(empty[2], undefined)
    return path === undefined ? undefined : step(path, '')
  },
}

const step = (path: string, content: string) =>
  ({
    type: 'call',
    tool: 'write',
    args: { path, content },
    doing: `write ${code(path)}`,
    lead: `Done: ${code(path)} is written.`,
    nothing: `Done: ${code(path)} is written.`,
    path,
  }) as const
