import { stripVTControlCharacters } from 'node:util'

/** Text of a model or a file without what would steer the person's terminal. */
export function plain(text: string): string {
  return stripVTControlCharacters(text).replace(/\p{Cc}/gu, (character) =>
    character === '\n' || character === '\t' ? character : '',
  )
}
