import { stripVTControlCharacters } from 'node:util'

/** What would steer the person's terminal, or turn the reading direction there. */
const STEERING = /[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]/gu

/** Text of a model or a file without what would steer the person's terminal, or make it look like another. */
export function plain(text: string): string {
  return stripVTControlCharacters(text).replace(STEERING, (character) =>
    character === '\n' || character === '\t' ? character : '',
  )
}

/** The same on one line: what is shown of a call cannot pass for a line of ours. */
export const plainLine = (text: string): string => plain(text).replaceAll('\n', ' ⏎ ')
