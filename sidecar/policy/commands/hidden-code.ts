import { type Node, namedIn } from './grammar.ts'
import { type Known, wordOf } from './words.ts'

/** Kinds of nodes that hold text as it stands. */
const TEXTS = new Set(['word', 'raw_string', 'ansi_c_string', 'string_content', 'concatenation'])
/** What a shell would run, were the text read once more. */
const CODE = /`|\$\(/
/** Operators of `[[` that evaluate what they are given, arrays' places included. */
const EVALUATING = /^-(?:v|R|eq|ne|lt|le|gt|ge)$/
/** Builtins that evaluate the places in names of arrays, and options with which others do. */
const EVALUATORS = /^(?:let|read|mapfile|readarray|getopts|declare|typeset|local|export|readonly|unset|wait)$/
const EVALUATE_NAMES = /^(?:test|\[|printf)$/

/**
 * Whether a line may run text that its grammar shows as mere words: in a here-document, by `@P`, or since an array's place is
 * evaluated (`[[ -v 'a[$(x)]' ]]`). @returns why nobody can tell what it does
 */
export function hiddenCode(root: Node, known: Known): string | undefined {
  let evaluates = false
  let holdsCode = false
  const waiting = [root]
  for (let node = waiting.pop(); node; node = waiting.pop()) {
    if (node.type === 'heredoc_redirect' && hidesInDocument(node)) return 'a here-document of it runs something'
    if (node.type === 'declaration_command' && /^(?:declare|typeset|local)\s+-[a-zA-Z]*n/.test(node.text))
      return 'it gives a variable a second name'
    if (node.type === 'expansion' && /@P\}$/.test(node.text)) return 'it evaluates what a variable holds'
    evaluates ||= isEvaluating(node)
    holdsCode ||= TEXTS.has(node.type) && (CODE.test(node.text) || CODE.test(wordOf(node, known) ?? ''))
    waiting.push(...namedIn(node))
  }
  return evaluates && holdsCode ? 'it evaluates text that would run something' : undefined
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
  if (type === 'expansion') return /\w:[^-=+?]/.test(text)
  if (type === 'command') {
    const [name, ...words] = namedIn(node).map((part) => part.text)
    return EVALUATORS.test(name ?? '') || (EVALUATE_NAMES.test(name ?? '') && words.includes('-v'))
  }
  return ['arithmetic_expansion', 'subscript', 'unset_command', 'declaration_command', 'c_style_for_statement'].includes(type)
}
