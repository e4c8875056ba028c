import fc from 'fast-check'
import { expect, test } from 'vitest'
import { ScreenFilter } from '../../sidecar/doors/cli/screen-filter.ts'

const pass = (text: string): string => new ScreenFilter().pass(text)

test.each([
  ['plain 🐂 text\r\n\tü', 'plain 🐂 text\r\n\tü'],
  ['\x1b[1;31mred\x1b[0m', '\x1b[1;31mred\x1b[0m'],
  ['\x1b[?1049h\x1b[2J\x1b[10;5Hx\x1b[?25l', '\x1b[?1049h\x1b[2J\x1b[10;5Hx\x1b[?25l'],
  ['\x1b7\x1b8\x1b=\x1b(B\x1b)0', '\x1b7\x1b8\x1b=\x1b(B\x1b)0'],
])('what draws passes: %j', (text, shown) => {
  expect(pass(text)).toBe(shown)
})

test.each([
  ['the clipboard', 'a\x1b]52;c;ZXZpbA==\x07b'],
  ['the clipboard, ended by ST', 'a\x1b]52;c;ZXZpbA==\x1b\\b'],
  ['a title', 'a\x1b]0;rm -rf /\x07b'],
  ['a title in one-character form', 'a\u009d0;evil\u009cb'],
  ['a link', 'a\x1b]8;;file:///etc/passwd\x07b'],
  ['a device string', 'a\x1bP$q"p\x1b\\b'],
  ['an application command', 'a\x1b_evil\x1b\\b'],
  ['a report of the title', 'a\x1b[21tb'],
  ['a move of the window', 'a\x1b[3;0;0tb'],
  ['a question for the cursor', 'a\x1b[6nb'],
  ['a question for the device', 'a\x1b[>cb'],
  ['a question for a mode', 'a\x1b[?2026$pb'],
  ['a question for the version', 'a\x1b[>qb'],
  ['a question for the keyboard', 'a\x1b[?ub'],
  ['an answerback', 'a\x05b'],
  ['a request to identify', 'a\x1bZb'],
])('%s is left out', (_what, text) => {
  expect(pass(text)).toBe('ab')
})

test('a string that never ends takes the rest, one that is broken off only itself', () => {
  expect(pass('a\x1b]0;evil and more')).toBe('a')
  expect(pass('a\x1b]0;evil\x1b[31mb')).toBe('a\x1b[31mb')
  expect(pass('a\x1b]0;evil\x18b')).toBe('ab')
  expect(pass(`a\x1b[${'1;'.repeat(200)}mb`)).toBe('ab')
})

test('wherever it is cut the result is the same, and nothing dangerous is in it', () => {
  const piece = fc.constantFrom(
    '\x1b',
    '[',
    ']',
    '52;c;',
    'x',
    '\x07',
    '\\',
    'P',
    '6',
    'n',
    't',
    '?',
    '\u009d',
    '\u009b',
    '0',
    ';',
    'm',
    '\r\n',
  )
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 40 }), fc.array(fc.nat(40), { maxLength: 5 }), (pieces, cuts) => {
      const text = pieces.join('')
      const filter = new ScreenFilter()
      const places = [0, ...cuts.map((cut) => Math.min(cut, text.length)).sort((a, b) => a - b), text.length]
      const parts = places.slice(1).map((end, at) => filter.pass(text.slice(places[at], end)))
      expect(parts.join('')).toBe(pass(text))
      // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what this is about
      expect(parts.join('')).not.toMatch(/\x1b[\]PX^_]|[\x80-\x9f\x05]|\x1b\[[0-9;?>]*[tcn]/)
    }),
  )
})
