import type { Node } from './grammar.ts'

/** What names the number of what is redirected, where it touches the mark: `0<`, `{fd}>`. */
const DESCRIPTOR = /^(?:\d+|\{\w+\})$/
const HOLDS_WORDS = new Set(['command', 'declaration_command', 'unset_command'])

/**
 * Mends how the grammar reads what stands behind a redirection: it takes every word there for one more target, and numbers
 * before some for words. To bash they are words of the command (`rm >x -rf /`), and no words.
 * @returns whether each such word has a command
 */
export function mendRedirections(root: Node): boolean {
  let all = true
  const waiting = [root]
  for (let node = waiting.pop(); node; node = waiting.pop()) {
    if (node.type === 'redirected_statement') all = mend(node) && all
    if (node.type === 'command') dropDescriptors(node, node.children)
    waiting.push(...node.children)
  }
  return all
}

function mend(statement: Node): boolean {
  // Those beside the mark of a here-document belong to the statement as any other does.
  const documents = statement.children.filter(({ type }) => type === 'heredoc_redirect')
  const lifted = documents.flatMap((one) => take(one, ({ type }) => type === 'file_redirect'))
  for (const redirect of lifted) put(statement, redirect)
  const files = statement.children.filter(({ type }) => type === 'file_redirect')
  const strays = [
    ...documents.flatMap((one) => take(one, ({ field }) => field === 'argument')),
    ...files.flatMap((one) => {
      const target = one.children.find(({ field }) => field === 'destination')
      return take(one, (part) => part.field === 'destination' && part !== target)
    }),
  ]
  const command = lastIn(statement)
  if (command) dropDescriptors(command, [...command.children, ...statement.children.filter(({ field }) => field === 'redirect')])
  if (strays.length === 0) return true
  if (!command) return false
  for (const word of strays.sort((a, b) => a.start - b.start)) {
    word.field = 'argument'
    put(command, word)
    command.text += ` ${word.text}`
  }
  return true
}

/** The command that a redirection belongs to: behind a list or a pipe, the last one. */
function lastIn(statement: Node): Node | undefined {
  let at: Node | undefined = statement.children.find(({ field }) => field === 'body')
  while (at && /^(?:list|pipeline|negated_command|redirected_statement)$/.test(at.type))
    at =
      at.type === 'redirected_statement'
        ? at.children.find(({ field }) => field === 'body')
        : at.children.findLast((part) => part.named)
  return at && HOLDS_WORDS.has(at.type) ? at : undefined
}

function dropDescriptors(command: Node, parts: readonly Node[]): void {
  take(command, (word) => {
    const next = parts[parts.indexOf(word) + 1]
    return DESCRIPTOR.test(word.text) && next !== undefined && /redirect$/.test(next.type) && next.start === word.end
  })
}

function take(from: Node, wanted: (child: Node) => boolean): Node[] {
  const taken = from.children.filter(wanted)
  if (taken.length > 0) from.children = from.children.filter((child) => !taken.includes(child))
  return taken
}

function put(into: Node, child: Node): void {
  child.parent = into
  into.children.push(child)
}
