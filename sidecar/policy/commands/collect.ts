import { fieldOf, type Node, namedIn } from './grammar.ts'
import { type Known, type Word, wordOf, wordsOf } from './words.ts'

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
  /** Words of the program whose output it reads through a pipe; of what is no single program, one that nobody knows. */
  from?: readonly Word[]
  /** Whether it runs for each of many things that were found. */
  each?: boolean
}

export interface Collected {
  programs: Program[]
  /** Literal words outside of programs: values of variables, what loops go through, what is tested. */
  others: string[]
  /** Why it cannot be told what the line does. */
  unclear: string | undefined
}

/** Nodes whose words are no program's. */
const OTHERS = new Set([
  'variable_assignment',
  'array',
  'for_statement',
  'unary_expression',
  'binary_expression',
  'case_statement',
  'declaration_command',
])
const WRITING = new Set(['>', '>>', '>|', '&>', '&>>', '<>', '>&'])

/** Finds every program in pipes, lists, substitutions, loops, functions and here-documents. */
export function collect(root: Node, whole: boolean, known: Known): Collected {
  const found: Collected = {
    programs: [],
    others: [],
    unclear: whole ? undefined : 'it is not written as a shell reads it',
  }
  const functions = new Map<string, number>()
  visit(root)
  return found

  function visit(node: Node): void {
    if (node.type === 'function_definition') define(node)
    if (node.type === 'command' && !isFunction(node)) found.programs.push(toProgram(node))
    if (OTHERS.has(node.type)) found.others.push(...literals(node))
    for (const child of namedIn(node)) visit(child)
    // A redirection without a command still empties its file; behind a list it belongs to the last one, at a function to each call.
    const bare =
      node.type === 'function_definition' ? hasRedirect(node) : node.type === 'redirected_statement' && !commandOf(node)
    if (bare) found.programs.push({ words: [':'], writes: writesOf(node), reads: readsOf(node) })
  }

  function define(node: Node): void {
    const name = fieldOf(node, 'name')?.text ?? ''
    if (callsItself(node, name)) found.unclear ??= 'it starts itself over and over (a fork bomb)'
    // One that is made in a subshell, or only perhaps, may not be there when its name is called.
    if (node.parent === root && !/\bunset\b/.test(root.text))
      functions.set(name, Math.min(functions.get(name) ?? node.end, node.end))
  }

  /** A function that is defined before it is called is no program: what it runs is in the line. */
  function isFunction(node: Node): boolean {
    const defined = functions.get(fieldOf(node, 'name')?.text ?? '')
    return defined !== undefined && defined <= node.start
  }

  function literals(node: Node): string[] {
    return namedIn(node).flatMap((child) => wordsOf(child, known).filter((word): word is string => word !== undefined))
  }

  function toProgram(node: Node): Program {
    const outer = statementOf(node)
    const from = sourceOf(node) ?? (outer && heredocPipe(outer, node))
    const input = inputOf(node) ?? inputAbove(node)
    return {
      words: programWords(node),
      writes: [...writesOf(node), ...(outer ? writesOf(outer) : [])],
      reads: readsAround(node),
      ...(input && { input: input.text }),
      ...(from && { from }),
    }
  }

  function programWords(node: Node): Word[] {
    return namedIn(node).flatMap((child) => {
      if (child.type === 'variable_assignment' || /redirect$/.test(child.type)) return []
      if (child.type === 'command_name') return [hasPattern(child) ? undefined : wordOf(child, known)]
      return wordsOf(child, known)
    })
  }

  /** What comes through the nearest pipe: through a group and a loop, too; what is fed to a function, each call of it tells. */
  function sourceOf(node: Node): readonly Word[] | undefined {
    for (let at = node; at.parent; at = at.parent) {
      if (at.type === 'function_definition') return [undefined]
      if (at.parent.type !== 'pipeline') continue
      const stages = namedIn(at.parent)
      const before = stages[stages.indexOf(at) - 1]
      if (!before) continue
      const source = commandOf(before)
      return source ? programWords(source) : [undefined]
    }
    return undefined
  }

  function writesOf(node: Node): Word[] {
    return redirects(node, (operator) => WRITING.has(operator))
  }

  function readsOf(node: Node): Word[] {
    return redirects(node, (operator) => operator === '<' || operator === '<>')
  }

  /** What it may read by `<`: of a list, a group or a loop around it, too. */
  function readsAround(node: Node): Word[] {
    const around = node.parent && readsAround(node.parent)
    return around ? [...readsOf(node), ...around] : readsOf(node)
  }

  function redirects(node: Node, wanted: (operator: string) => boolean): Word[] {
    return namedIn(node).flatMap((child) => {
      if (child.type !== 'file_redirect') return []
      const operator = child.children.find((part) => !part.named)?.type ?? ''
      const target = fieldOf(child, 'destination')
      // `2>&1` joins what is open, `>& x` writes a file.
      return target && wanted(operator) && !(operator === '>&' && /^(?:\d+-?|-)$/.test(target.text))
        ? [wordOf(target, known)]
        : []
    })
  }

  /** `cat <<EOF | sh` hangs the pipe under the here-document. */
  function heredocPipe(statement: Node, command: Node): readonly Word[] | undefined {
    const first = commandOf(statement)
    return first && first !== command ? programWords(first) : undefined
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
      if (child.type === 'herestring_redirect') return { text: namedIn(child)[0] && wordOf(namedIn(child)[0]!, known) }
      if (child.type !== 'heredoc_redirect') continue
      const body = namedIn(child).find((part) => part.type === 'heredoc_body')
      const fixed = body && namedIn(body).every((part) => part.type === 'heredoc_content')
      return { text: body && fixed ? body.text : undefined }
    }
    return undefined
  }
}

const hasRedirect = (node: Node): boolean => node.children.some(({ type }) => type === 'file_redirect')

/** Whether a program's name is a pattern, so that it is found when it runs. */
function hasPattern(name: Node): boolean {
  const parts = namedIn(name).flatMap((part) => [part, ...namedIn(part)])
  return name.text !== '[' && parts.some(({ type, text }) => type === 'word' && /(?<!\\)[*?[{]/.test(text))
}

/** The command of a statement, through its redirections. */
function commandOf(node: Node): Node | undefined {
  if (node.type === 'command') return node
  if (node.type === 'negated_command') return namedIn(node)[0] && commandOf(namedIn(node)[0]!)
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
