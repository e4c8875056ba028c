import { fieldOf, type Node, namedIn } from './grammar.ts'
import { type Word, wordOf } from './words.ts'

/** One program that a command line starts, wherever it stands in it. */
export interface Program {
  /** Its words, the name first. */
  words: readonly Word[]
  /** Files it is told to write, by `>` and its like. */
  writes: readonly Word[]
  /** Files it is told to read, by `<`. */
  reads: readonly Word[]
  /** What it reads from a here-document or here-string, where that is literal. */
  input?: Word
  /** Words of the program whose output it reads through a pipe. */
  from?: readonly Word[]
}

export interface Collected {
  programs: Program[]
  /** Functions the line defines: they are not programs. */
  functions: Set<string>
  /** Why it cannot be told what the line does. */
  unclear: string | undefined
}

const WRITING = new Set(['>', '>>', '>|', '&>', '&>>', '<>'])

/** Finds every program in pipes, lists, substitutions, loops, functions and here-documents. */
export function collect(root: Node, whole: boolean, home: string): Collected {
  const found: Collected = {
    programs: [],
    functions: new Set(),
    unclear: whole ? undefined : 'it is not written as a shell reads it',
  }
  const pipes = new Map<Node, readonly Word[]>()
  visit(root)
  return found

  function visit(node: Node): void {
    if (node.type === 'function_definition') {
      const name = fieldOf(node, 'name')?.text ?? ''
      if (callsItself(node, name)) found.unclear ??= 'it starts itself over and over (a fork bomb)'
      found.functions.add(name)
    }
    if (node.type === 'pipeline') notePipes(node)
    if (node.type === 'command') found.programs.push(toProgram(node))
    // A redirection without a command still empties its file.
    if (node.type === 'redirected_statement' && !commandOf(node))
      found.programs.push({ words: [':'], writes: writesOf(node), reads: readsOf(node) })
    for (const child of namedIn(node)) visit(child)
  }

  function notePipes(node: Node): void {
    const stages = namedIn(node)
    stages.forEach((stage, index) => {
      const before = stages[index - 1]
      const source = before && commandOf(before)
      const command = commandOf(stage)
      if (source && command) pipes.set(command, wordsOf(source))
    })
  }

  function toProgram(node: Node): Program {
    const outer = statementOf(node)
    const from = pipes.get(node) ?? (outer && heredocPipe(outer, node))
    const input = inputOf(node) ?? inputAbove(node)
    return {
      words: wordsOf(node),
      writes: [...writesOf(node), ...(outer ? writesOf(outer) : [])],
      reads: [...readsOf(node), ...(outer ? readsOf(outer) : [])],
      ...(input && { input: input.text }),
      ...(from && { from }),
    }
  }

  function wordsOf(node: Node): Word[] {
    return namedIn(node).flatMap((child) =>
      child.type !== 'variable_assignment' && !/redirect$/.test(child.type) ? [wordOf(child, home)] : [],
    )
  }

  function writesOf(node: Node): Word[] {
    return redirects(node, (operator) => WRITING.has(operator))
  }

  function readsOf(node: Node): Word[] {
    return redirects(node, (operator) => operator === '<' || operator === '<>')
  }

  function redirects(node: Node, wanted: (operator: string) => boolean): Word[] {
    return namedIn(node).flatMap((child) => {
      if (child.type !== 'file_redirect') return []
      const operator = child.children.find((part) => !part.named)?.type ?? ''
      const target = fieldOf(child, 'destination')
      return target && wanted(operator) ? [wordOf(target, home)] : []
    })
  }

  /** `cat <<EOF | sh` hangs the pipe under the here-document. */
  function heredocPipe(statement: Node, command: Node): readonly Word[] | undefined {
    const first = commandOf(statement)
    return first && first !== command ? wordsOf(first) : undefined
  }

  /** A here-document behind a list, a group or a loop is read by whatever in it reads first. */
  function inputAbove(node: Node): { text: Word } | undefined {
    for (let at = node.parent; at; at = at.parent) {
      const input = at.type === 'redirected_statement' ? inputOf(at) : undefined
      if (input) return input
    }
    return undefined
  }

  function inputOf(statement: Node): { text: Word } | undefined {
    for (const child of namedIn(statement)) {
      if (child.type === 'herestring_redirect') return { text: namedIn(child)[0] && wordOf(namedIn(child)[0]!, home) }
      if (child.type !== 'heredoc_redirect') continue
      const body = namedIn(child).find((part) => part.type === 'heredoc_body')
      const fixed = body && namedIn(body).every((part) => part.type === 'heredoc_content')
      return { text: body && fixed ? body.text : undefined }
    }
    return undefined
  }
}

/** The command of a statement, through its redirections. */
function commandOf(node: Node): Node | undefined {
  if (node.type === 'command') return node
  if (node.type !== 'redirected_statement') return undefined
  const body = fieldOf(node, 'body')
  return body ? commandOf(body) : undefined
}

function statementOf(command: Node): Node | undefined {
  let at = command.parent
  while (at && (at.type === 'pipeline' || at.type === 'heredoc_redirect')) at = at.parent
  return at?.type === 'redirected_statement' ? at : undefined
}

function callsItself(definition: Node, name: string): boolean {
  const waiting = [...definition.children]
  for (let node = waiting.pop(); node; node = waiting.pop()) {
    if (node.type === 'command_name' && node.text === name) return true
    waiting.push(...node.children)
  }
  return false
}
