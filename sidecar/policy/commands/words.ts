import { type Node, namedIn } from './grammar.ts'

/** A word of a command: its text, or undefined where only running it would tell (`$X`, `$(…)`). */
export type Word = string | undefined

/** What the shell makes of a node that stands for one word. `$HOME` and `~` are the person's home. */
export function wordOf(node: Node, home: string): Word {
  switch (node.type) {
    case 'word':
    case 'number':
      return tilde(unquoted(node.text), home)
    case 'raw_string':
      return node.text.slice(1, -1)
    case 'ansi_c_string':
      return ansi(node.text.slice(2, -1))
    case 'string_content':
      return node.text.replace(/\\(["\\$`\n])/g, (_, mark: string) => (mark === '\n' ? '' : mark))
    case 'string':
      return joined(node, home, 1, -1)
    case 'concatenation':
      return tilde(joined(node, home, 0, 0), home)
    case 'command_name':
      return namedIn(node)[0] && wordOf(namedIn(node)[0]!, home)
    case 'simple_expansion':
    case 'expansion':
      return /^\$(HOME|\{HOME\})$/.test(node.text) ? home : undefined
    default:
      return undefined
  }
}

/** The parts of a node, with the literal text between them (`{}` of `{` and `}`, blanks in a string). */
function joined(node: Node, home: string, from: number, to: number): Word {
  let text = ''
  let at = from
  for (const child of namedIn(node)) {
    text += node.text.slice(at, child.start - node.start)
    const part = wordOf(child, home)
    if (part === undefined) return undefined
    text += part
    at = child.end - node.start
  }
  return text + node.text.slice(at, node.text.length + to)
}

const unquoted = (text: string): string => text.replace(/\\(\n|.)/gs, (_, mark: string) => (mark === '\n' ? '' : mark))

function tilde(text: Word, home: string): Word {
  return text !== undefined && /^~(\/|$)/.test(text) ? home + text.slice(1) : text
}

const ESCAPES: Readonly<Record<string, string>> = {
  n: '\n',
  t: '\t',
  r: '\r',
  a: '\x07',
  b: '\b',
  e: '\x1b',
  E: '\x1b',
  f: '\f',
  v: '\v',
}

/** `$'…'`, by the bash manual's table of escapes. */
function ansi(text: string): string {
  return text.replace(/\\(x[0-9a-f]{1,2}|u[0-9a-f]{1,4}|U[0-9a-f]{1,8}|[0-7]{1,3}|c.|.)/gis, (_, sign: string) => {
    const [first] = sign
    if (first === 'x' || first === 'u' || first === 'U')
      return String.fromCodePoint(Math.min(Number.parseInt(sign.slice(1), 16), 0x10ffff))
    if (/^[0-7]+$/.test(sign)) return String.fromCharCode(Number.parseInt(sign, 8) & 0xff)
    if (first === 'c' && sign.length === 2) return String.fromCharCode(sign.charCodeAt(1) & 0x1f)
    return ESCAPES[sign] ?? sign
  })
}
