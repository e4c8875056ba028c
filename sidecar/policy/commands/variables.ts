import { fieldOf, type Node, namedIn } from './grammar.ts'
import { type Known, type Word, wordOf } from './words.ts'

/** Variables that decide which programs run, what they load, or what they run beside. */
const DECIDING = new RegExp(
  `^(?:${[
    'PATH|CDPATH|ENV|BASH_ENV|BASH_FUNC_.*|SHELLOPTS|BASHOPTS|PS4|PROMPT_COMMAND|LD_.*|DYLD_.*|GCONV_PATH|HOME|XDG_CONFIG_HOME|SHELL',
    'PAGER|MANPAGER|LESSOPEN|LESSCLOSE|EDITOR|VISUAL|BROWSER|SSH_ASKPASS|SUDO_ASKPASS|RSYNC_RSH|TAR_OPTIONS|MAKEFLAGS|NODE_OPTIONS',
    'GIT_(?:SSH|SSH_COMMAND|ASKPASS|EDITOR|SEQUENCE_EDITOR|PAGER|EXTERNAL_DIFF|EXEC_PATH|PROXY_COMMAND|TEMPLATE_DIR|CONFIG.*)',
    'PYTHON(?:STARTUP|INSPECT|HOME)|PERL5(?:OPT|DB)|RUBYOPT|(?:_|JDK_)?JAVA_(?:TOOL_)?OPTIONS|npm_config_(?:script_shell|node_options|git)',
  ].join('|')})$`,
)
/** Values with which they decide nothing more. */
const PLAIN_VALUE = /^(?:|cat|true|:|less|more|none|-j ?\d*|\/(?:usr\/)?bin\/(?:cat|true|less|bash|sh))$/
const PLAIN_NODE = /^(?:--(?:max[-_]old[-_]space[-_]size=\d+|no-warnings|no-deprecation|enable-source-maps|trace-\w+)\s*)+$/
/** What only adds to the end of a list of folders. */
const ADDED = /^"?\$\{?PATH\}?:/

/** A variable that is set, and what to. */
export interface Assignment {
  name: string
  value: Word
  /** As it is written. */
  text: string
}

/** Every variable that a line sets, wherever in it. */
export function assignments(root: Node, known: Known): Assignment[] {
  const found: Assignment[] = []
  const waiting = [root]
  for (let node = waiting.pop(); node; node = waiting.pop()) {
    if (node.type === 'variable_assignment') {
      const value = fieldOf(node, 'value')
      const added = node.children.some(({ type }) => type === '+=')
      found.push({
        name: fieldOf(node, 'name')?.text ?? '',
        value: value ? wordOf(value, known) : '',
        text: added ? `$PATH:${value?.text ?? ''}` : (value?.text ?? ''),
      })
    }
    if (node.type === 'for_statement') found.push({ name: fieldOf(node, 'variable')?.text ?? '', value: undefined, text: '' })
    if (node.type === 'declaration_command' || node.type === 'command') found.push(...given(namedIn(node), known))
    waiting.push(...namedIn(node))
  }
  return found
}

/** `export "A=b"`, `read A`, `printf -v A`: names that are words of a command. */
function given([first, ...rest]: Node[], known: Known): Assignment[] {
  if (first === undefined) return []
  const words = rest.filter((part) => part.type !== 'variable_assignment' && !/redirect$/.test(part.type))
  const name = first.type === 'command_name' ? first.text : ''
  if (name === 'printf')
    return named(
      words.filter((_, at) => words[at - 1]?.text === '-v'),
      known,
    )
  if (name !== '' && !/^(?:read|mapfile|readarray|getopts)$/.test(name)) return []
  return named(name === '' && first.type !== 'variable_assignment' ? [first, ...words] : words, known)
}

const named = (parts: readonly Node[], known: Known): Assignment[] =>
  parts.flatMap((part) => {
    const word = wordOf(part, known)
    return word === undefined ? [] : [assigned(word) ?? { name: word, value: undefined, text: '' }]
  })

/** `A=b` as one word. */
export function assigned(word: Word): Assignment | undefined {
  const [, name, value] = /^([A-Za-z_]\w*)=(.*)$/s.exec(word ?? '') ?? []
  return name === undefined || value === undefined ? undefined : { name, value, text: value }
}

/** What a variable changes about what runs, in plain words; undefined where nothing. */
export function decides({ name, value, text }: Assignment): string | undefined {
  if (!DECIDING.test(name) || ADDED.test(text)) return undefined
  if (value !== undefined && (PLAIN_VALUE.test(value) || (name === 'NODE_OPTIONS' && PLAIN_NODE.test(value)))) return undefined
  return `It sets ${name}, which decides what programs run or do.`
}
