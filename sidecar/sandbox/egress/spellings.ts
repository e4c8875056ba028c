/** Shorter than this, an encoded value could be anything. In characters. */
const SHORTEST_ENCODED = 6
/** Characters of the longest way to spell one: `&#x002f;`. */
const LONGEST_SPELLING = 8

const NAMED: Readonly<Record<string, string>> = { '&': 'amp', '<': 'lt', '>': 'gt', '"': 'quot', "'": 'apos' }

/**
 * A regular expression for every usual way to write a value, for texts and for bytes read as latin1: as it is, as URLs, JSON
 * and HTML write it, also in part, in hex, and in base64 wherever it begins in there.
 */
export function spellingsOf(value: string): string {
  const bytes = Buffer.from(value)
  const encoded = [...base64Parts(bytes)].filter(({ length }) => length >= SHORTEST_ENCODED).map(spelled)
  const hex = bytes.length * 2 >= SHORTEST_ENCODED ? [anyCase(bytes.toString('hex'))] : []
  return [spelled(value), ...encoded, ...hex].join('|')
}

/** The most bytes that a match of `spellingsOf` takes. */
export const longestSpelling = (value: string): number => Math.ceil((Buffer.byteLength(value) * 4) / 3 + 1) * LONGEST_SPELLING

/** A text, each of its characters in any of its spellings. */
const spelled = (text: string): string => [...text].map(spellingsOfOne).join('')

function spellingsOfOne(char: string): string {
  if (/^[a-z0-9]$/i.test(char)) return char
  const bytes = Buffer.from(char)
  const code = char.codePointAt(0)!
  const ways = [
    escaped(char),
    [...bytes].map((byte) => `%${inHex(byte, 2)}`).join(''),
    char
      .split('')
      .map((unit) => `\\\\u${inHex(unit.charCodeAt(0), 4)}`)
      .join(''),
    `&#0{0,2}${code};`,
    `&#x0{0,2}${inHex(code, 0)};`,
  ]
  if (bytes.length > 1) ways.push(escaped(bytes.toString('latin1')))
  if (char in NAMED) ways.push(`&${NAMED[char]};`)
  if ('/"\\'.includes(char)) ways.push(escaped(`\\${char}`))
  if (char === ' ') ways.push('\\+')
  // Base64 has two alphabets.
  if (char === '+') ways.push('-')
  if (char === '/') ways.push('_')
  return `(?:${ways.join('|')})`
}

const escaped = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')

const inHex = (code: number, digits: number): string => anyCase(code.toString(16).padStart(digits, '0'))

const anyCase = (hex: string): string => hex.replace(/[a-f]/g, (letter) => `[${letter}${letter.toUpperCase()}]`)

/** What base64 makes of bytes alone, wherever they begin in a longer text: without the characters that also tell of others. */
function* base64Parts(bytes: Buffer): Generator<string> {
  for (const before of [0, 1, 2]) {
    const text = Buffer.concat([Buffer.alloc(before), bytes])
      .toString('base64')
      .replace(/=+$/, '')
    const bits = (before + bytes.length) * 8
    yield text.slice(Math.ceil((before * 8) / 6), Math.floor(bits / 6))
  }
}
