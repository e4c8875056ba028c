import { expand } from 'brace-expansion'
import { type Node, namedIn } from './grammar.ts'

/** A word of a command: its text, or undefined where only running it would tell (`$X`, `$(…)`). */
export type Word = string | undefined

/** Variables whose value is known before: `HOME`, which `~` stands for, and folders of the box. */
export type Known = ReadonlyMap<string, string>

/** Words that braces make of one may be this many. */
const MOST_BRACED = 200

/** What the shell makes of a node that stands for a word: more than one where it has braces. */
export function wordsOf(node: Node, known: Known): Word[] {
  if (!/\{[^{}]*(?:,|\.\.)[^{}]*\}/.test(node.text) || (node.type !== 'concatenation' && node.type !== 'word'))
    return [wordOf(node, known)]
  // Quotes keep braces from being read, a part at a time.
  if (!namedIn(node).every(({ type }) => type === 'word' || type === 'number')) return [undefined]
  const words = expand(node.text, { max: MOST_BRACED })
  return words.length < MOST_BRACED ? words.map((word) => tilde(unquoted(word), known)) : [undefined]
}

/** What the shell makes of a node that stands for one word. */
export function wordOf(node: Node, known: Known): Word {
  switch (node.type) {
    case 'word':
    case 'number':
      return tilde(unquoted(node.text), known)
    case 'raw_string':
      return node.text.slice(1, -1)
    case 'ansi_c_string':
      return ansi(node.text.slice(2, -1))
    case 'string_content':
      return node.text.replace(/\\(["\\$`\n])/g, (_, mark: string) => (mark === '\n' ? '' : mark))
    case 'string':
      return joined(node, known, 1, -1)
    case 'concatenation':
      return tilde(joined(node, known, 0, 0), known)
    case 'command_name':
      return namedIn(node)[0] && wordOf(namedIn(node)[0]!, known)
    case 'simple_expansion':
    case 'expansion':
      return known.get(/^\$\{?([A-Z_]+)\}?$/.exec(node.text)?.[1] ?? '')
    default:
      return undefined
  }
}

/** The parts of a node, with the literal text between them (`{}` of `{` and `}`, blanks in a string). */
function joined(node: Node, known: Known, from: number, to: number): Word {
  let text = ''
  let at = from
  for (const child of namedIn(node)) {
    text += node.text.slice(at, child.start - node.start)
    const part = wordOf(child, known)
    if (part === undefined) return undefined
    text += part
    at = child.end - node.start
  }
  return text + node.text.slice(at, node.text.length + to)
}

const unquoted = (text: string): string => text.replace(/\\(\n|.)/gs, (_, mark: string) => (mark === '\n' ? '' : mark))

function tilde(text: Word, known: Known): Word {
  if (!text?.startsWith('~')) return text
  // The home of another user, or a folder that was left.
  return /^~(\/|$)/.test(text) ? (known.get('HOME') ?? '~') + text.slice(1) : undefined
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

/** Words as one text; undefined where one is not known. */
export const together = (words: readonly Word[]): Word => (words.includes(undefined) ? undefined : words.join(' '))
