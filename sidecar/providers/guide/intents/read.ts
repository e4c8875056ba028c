import type { Intent } from '../intent.ts'
import { bare, code, looksLikePath, readPath, WORD } from '../words.ts'

const LEAD = String.raw`(?:me\s+)?(?:the\s+)?(?:contents?\s+of\s+)?(?:the\s+)?(?:file\s+)?`
const NAME = String.raw`(${WORD}|(?:that|this|the)\s+file)`
const RANGE = new RegExp(
  String.raw`^(\S+)\s+(?:me\s+)?lines?\s+(\d+)(?:\s*(?:-|–|to)\s*(\d+))?\s+(?:of|in|from)\s+${LEAD}${NAME}$`,
  'i',
)
const FIRST = new RegExp(String.raw`^(\S+)\s+(?:me\s+)?(?:the\s+)?first\s+(\d+)\s+lines?\s+(?:of|in|from)\s+${LEAD}${NAME}$`, 'i')
const WHOLE = new RegExp(
  String.raw`^(read|open|cat|view|print|show|display|look at|look into|what's in|what is in)\s+${LEAD}${NAME}(?:\s+(?:back|again))?$`,
  'i',
)
const SAYS = new RegExp(String.raw`^what does\s+${LEAD}${NAME}\s+(?:say|contain)$`, 'i')
const VERBS = ['read', 'open', 'cat', 'view', 'print', 'show', 'display', 'look']
/** Verbs so common that only what looks like a file makes them a request to read one. */
const LOOSE = /^(?:show|print|display|look|what)/i

export const read: Intent = {
  name: 'read',
  does: 'shows a file, or some of its lines',
  examples: ['read notes.txt', 'show lines 10 to 20 of src/app.ts'],
  verbs: VERBS,
  match(clause) {
    const text = bare(clause.text)
    const range = RANGE.exec(text)
    if (range !== null && VERBS.includes(range[1]!.toLowerCase())) {
      const from = Number(range[2])
      const to = Number(range[3] ?? range[2])
      return to < from ? undefined : step(readPath(range[4], clause.lastPath), { offset: from, limit: to - from + 1 })
    }
    const first = FIRST.exec(text)
    if (first !== null && VERBS.includes(first[1]!.toLowerCase())) {
      return step(readPath(first[3], clause.lastPath), { limit: Number(first[2]) })
    }
    const says = SAYS.exec(text)
    if (says !== null) return step(readPath(says[1], clause.lastPath), {})
    const whole = WHOLE.exec(text)
    if (whole === null) return undefined
    const path = readPath(whole[2], clause.lastPath)
    if (path === undefined || (LOOSE.test(whole[1]!) && path !== clause.lastPath && !looksLikePath(whole[2]!))) return undefined
    return step(path, {})
  },
}

function step(path: string | undefined, range: { offset?: number; limit?: number }) {
  if (path === undefined) return undefined
  return {
    type: 'call',
    tool: 'read',
    args: { path, ...range },
    doing: `read ${code(path)}`,
    lead: `${code(path)} says:`,
    nothing: `${code(path)} is empty.`,
    path,
  } as const
}
