import { Lexer, type Token } from 'marked'
import remend from 'remend'

/** Texts above these are shown as they are: some inputs cost a parser the square of their length. */
const MOST_SETTLED = 20_000
const MOST_OPEN = 8_000
const LONGEST_LINE = 5_000

/** The tokens of a block, or null where it is too long to parse. @param open text may still follow: what it left open is closed for now */
export function lexBlock(text: string, open: boolean): Token[] | null {
  if (text.length > (open ? MOST_OPEN : MOST_SETTLED) || longestLine(text) > LONGEST_LINE) return null
  return new Lexer({ gfm: true }).lex(open ? remend(text, { linkMode: 'text-only', katex: false }) : text)
}

function longestLine(text: string): number {
  let longest = 0
  let at = 0
  while (at < text.length) {
    const end = text.indexOf('\n', at)
    const stop = end === -1 ? text.length : end
    longest = Math.max(longest, stop - at)
    at = stop + 1
  }
  return longest
}

const ENTITIES: Record<string, string> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  nbsp: '\u00a0',
  copy: '©',
  mdash: '—',
  ndash: '–',
  hellip: '…',
}

/** The text of a token with its character references resolved. */
export function plain(text: string): string {
  if (!text.includes('&')) return text
  return text.replace(/&(?:#(\d{1,7})|#x([0-9a-f]{1,6})|([a-z]+));/gi, (whole, decimal, hex, name) => {
    if (name) return ENTITIES[name] ?? whole
    const code = decimal ? Number(decimal) : Number.parseInt(hex, 16)
    return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : whole
  })
}

/** The address of a link when it is one that may be opened, else null. */
export function safeAddress(href: string): string | null {
  try {
    const url = new URL(href)
    return ['https:', 'http:', 'mailto:'].includes(url.protocol) ? url.href : null
  } catch {
    return null
  }
}
