/** Longest sequence that is waited for; what is longer is dropped up to its end. */
const MOST_HELD = 64

type State = 'text' | 'escape' | 'sequence' | 'string' | 'stringEscape'

/**
 * Lets a program in a box draw on the person's own terminal, and nothing more: colours, cursor and modes pass. Strings of
 * any kind (window titles, the clipboard, links, queries that are answered as if typed), window commands and requests for
 * an answer are left out. Pieces may be cut anywhere.
 */
export class ScreenFilter {
  #state: State = 'text'
  #held = ''

  pass(text: string): string {
    let out = ''
    for (const character of text) out += this.#step(character)
    return out
  }

  #step(character: string): string {
    const code = character.charCodeAt(0)
    switch (this.#state) {
      case 'text':
        return this.#inText(character, code)
      case 'escape':
        return this.#inEscape(character, code)
      case 'sequence':
        return this.#inSequence(character, code)
      case 'string':
        if (code === 0x07 || code === 0x9c || code === 0x18 || code === 0x1a) this.#state = 'text'
        else if (code === 0x1b) this.#state = 'stringEscape'
        return ''
      case 'stringEscape':
        if (character === '\\') this.#state = 'text'
        else if (code !== 0x1b) {
          // No end of the string: a sequence of its own begins.
          this.#state = 'escape'
          return this.#inEscape(character, code)
        }
        return ''
    }
  }

  #inText(character: string, code: number): string {
    if (code === 0x1b) {
      this.#state = 'escape'
      this.#held = character
      return ''
    }
    // The same beginnings in one character, which some terminals take.
    if (code >= 0x80 && code <= 0x9f) {
      if ([0x90, 0x98, 0x9d, 0x9e, 0x9f].includes(code)) this.#state = 'string'
      if (code === 0x9b) {
        this.#state = 'sequence'
        this.#held = '\x1b['
      }
      return ''
    }
    // ENQ is answered with what the person has set.
    return code === 0x05 || code === 0x00 ? '' : character
  }

  #inEscape(character: string, code: number): string {
    if (character === '[') {
      this.#state = 'sequence'
      this.#held = '\x1b['
      return ''
    }
    if ('P]X^_'.includes(character)) {
      this.#state = 'string'
      return ''
    }
    if (code === 0x1b) return ''
    // Intermediate characters: a character set is chosen by the next one.
    if (code >= 0x20 && code <= 0x2f) {
      this.#held = `\x1b${character}`
      this.#state = 'sequence'
      return ''
    }
    this.#state = 'text'
    // Z asks for an answer.
    return character === 'Z' || code < 0x20 || code > 0x7e ? '' : `\x1b${character}`
  }

  #inSequence(character: string, code: number): string {
    if (code === 0x1b) {
      this.#state = 'escape'
      return ''
    }
    if (code === 0x18 || code === 0x1a || code > 0x7e) {
      this.#state = 'text'
      return ''
    }
    if (code < 0x20) return code === 0x05 ? '' : character
    const isCsi = this.#held.startsWith('\x1b[')
    if (this.#held.length < MOST_HELD) this.#held += character
    if (code < (isCsi ? 0x40 : 0x30)) return ''
    this.#state = 'text'
    const whole = this.#held
    if (!whole.endsWith(character)) return ''
    return isCsi && asks(whole, character) ? '' : whole
  }
}

/** Whether a terminal would answer it, or it is about the window: t, c, n, x, DECRQM ($p), DECRQCRA (*y), XTVERSION (>q). */
const asks = (sequence: string, final: string): boolean =>
  'tcnx'.includes(final) ||
  sequence.endsWith('$p') ||
  sequence.endsWith('*y') ||
  (final === 'q' && sequence.includes('>')) ||
  (final === 'u' && sequence.includes('?'))
