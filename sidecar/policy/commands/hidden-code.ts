import { type Node, namedIn } from './grammar.ts'
import { type Known, wordOf } from './words.ts'

/** Kinds of nodes that hold text as it stands. */
const TEXTS = new Set(['word', 'raw_string', 'ansi_c_string', 'string_content', 'concatenation'])
/** Kinds of nodes in which the grammar overlooks what runs: `${x:-`a`}`. */
const UNREAD = new Set(['word', 'regex', 'extglob_pattern'])
const UNREAD_CODE = /`|[$<>]\(/
/** What a shell would run, were the text read once more. */
const CODE = /`|\$\(/
/** Operators of `[[` that evaluate what they are given, arrays' places included. */
const EVALUATING = /^-(?:v|R|eq|ne|lt|le|gt|ge)$/
/** Builtins that evaluate the places in names of arrays, and options with which others do. */
const EVALUATORS = /^(?:let|read|mapfile|readarray|getopts|declare|typeset|local|export|readonly|unset|wait)$/
const EVALUATE_NAMES = /^(?:test|\[|printf)$/

/**
 * Whether a line may run text that its grammar shows as mere words: in a here-document, in what stands for a variable, over the
 * end of a line, by `@P`, or since an array's place is evaluated (`[[ -v 'a[$(x)]' ]]`). @returns why nobody can tell what it does
 */
export function hiddenCode(root: Node, known: Known): string | undefined {
  if (isTorn(root)) return 'something in it goes on in the next line'
  let evaluates = false
  let holdsCode = false
  const waiting = [root]
  for (let node = waiting.pop(); node; node = waiting.pop()) {
    if (node.type === 'heredoc_redirect' && hidesInDocument(node)) return 'a here-document of it runs something'
    if (node.type === 'declaration_command' && /^(?:declare|typeset|local)\s+-[a-zA-Z]*n/.test(node.text))
      return 'it gives a variable a second name'
    if (UNREAD.has(node.type) && UNREAD_CODE.test(node.text.replaceAll(/\\./gs, ''))) return 'a word of it runs something'
    if (node.type === 'expansion' && /@P\}$/.test(node.text)) return 'it evaluates what a variable holds'
    evaluates ||= isEvaluating(node)
    holdsCode ||= TEXTS.has(node.type) && (CODE.test(node.text) || CODE.test(wordOf(node, known) ?? ''))
    waiting.push(...namedIn(node))
  }
  return evaluates && holdsCode ? 'it evaluates text that would run something' : undefined
}

/** Text that bash takes as it stands, and text of which it reads the signs alone. */
const VERBATIM = new Set(['raw_string', 'ansi_c_string', 'comment'])
const CONTENT = new Set(['string_content', 'heredoc_body'])

/** A backslash at the end of a line with no blank on either side; a word that begins behind `&&` is whole. */
const TORN = /(?<![\\\s])(?<![;&|(](?=\\\n[\w./~"'$-]))\\\n(?=\S)/g

/** Whether a word or a sign is parted between lines: bash puts both parts together first, the grammar reads two. */
function isTorn(root: Node): boolean {
  for (const { index } of root.text.matchAll(TORN)) {
    const type = typeAt(root, root.start + index)
    if (!VERBATIM.has(type) && (!CONTENT.has(type) || root.text[index - 1] === '$')) return true
  }
  return false
}

/** The kind of the smallest node at a place. */
function typeAt(root: Node, place: number): string {
  let found = root
  const waiting = [root]
  for (let node = waiting.pop(); node; node = waiting.pop()) {
    if (node.start <= place && place < node.end && node.end - node.start <= found.end - found.start) found = node
    waiting.push(...namedIn(node))
  }
  return found.type
}

/** The grammar overlooks backticks in here-documents. Between quoted marks nothing is read. */
function hidesInDocument(redirect: Node): boolean {
  const [start, body] = ['heredoc_start', 'heredoc_body'].map((type) => namedIn(redirect).find((part) => part.type === type))
  if (!start || !body || /['"\\]/.test(start.text)) return false
  let rest = ''
  let at = body.start
  // Places count UTF-16 units.
  for (const { start: from, end } of namedIn(body).filter(({ type }) => type !== 'heredoc_content')) {
    rest += body.text.slice(at - body.start, from - body.start)
    at = end
  }
  rest += body.text.slice(at - body.start)
  return CODE.test(rest.replaceAll(/\\[\\`$]/g, ''))
}

function isEvaluating(node: Node): boolean {
  const { type, text } = node
  if (type === 'test_operator') return EVALUATING.test(text)
  if (type === 'compound_statement') return text.startsWith('((')
  // `${x:place}` is a number to be found out, `${x:-other}` is not.
  if (type === 'expansion') return /\w:[^-=+?]|^\$\{!/.test(text)
  if (type === 'command') {
    const [name, ...words] = namedIn(node).map((part) => part.text)
    return EVALUATORS.test(name ?? '') || (EVALUATE_NAMES.test(name ?? '') && words.includes('-v'))
  }
  return ['arithmetic_expansion', 'subscript', 'unset_command', 'declaration_command', 'c_style_for_statement'].includes(type)
}
