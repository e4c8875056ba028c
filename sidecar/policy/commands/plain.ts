import { fieldOf, type Node, namedIn } from './grammar.ts'

/** Programs that show nothing but names and numbers. */
const TELLING_NAMES = new Set(
  'ls pwd echo printf date wc true false mkdir touch rmdir which uname whoami basename dirname sleep test [ : cd stat du tree'.split(
    ' ',
  ),
)
/** All that a plain line is made of: words as they stand, in lists, pipes, loops and branches. */
const PLAIN_NODES = new Set(
  'program list pipeline command command_name word raw_string string string_content number concatenation comment subshell compound_statement while_statement do_group if_statement elif_clause else_clause negated_command redirected_statement file_redirect file_descriptor test_command unary_expression binary_expression test_operator'.split(
    ' ',
  ),
)
/** What evaluates a word, which may run something. */
const EVALUATING = /^-(?:v|R|eq|ne|lt|le|gt|ge)$/

/**
 * Whether a line shows names and numbers alone, for sure: every program of it is known for that, none is a file of its own, and
 * nothing in it is expanded, set or evaluated.
 */
export function isPlain(root: Node): boolean {
  const waiting = [root]
  for (let node = waiting.pop(); node; node = waiting.pop()) {
    if (!PLAIN_NODES.has(node.type)) return false
    if (node.type === 'command' && !TELLING_NAMES.has(fieldOf(node, 'name')?.text ?? '')) return false
    if (node.type === 'test_operator' && EVALUATING.test(node.text)) return false
    if (
      node.type === 'command' &&
      /^(?:printf|test|\[)$/.test(fieldOf(node, 'name')?.text ?? '') &&
      /\s-[vR]|[`$]/.test(node.text)
    )
      return false
    waiting.push(...namedIn(node))
  }
  return true
}
