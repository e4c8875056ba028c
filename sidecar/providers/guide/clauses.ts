import { WORD } from './words.ts'

/**
 * Splits a request into its clauses: "create a.txt with hello, then read it" is two. Nothing is split inside quotes or
 * code, nor after a colon that ends a line: what follows is the content of a file.
 * @param verbs words that begin a request
 */
export function splitClauses(text: string, verbs: readonly string[]): string[] {
  const request = text.replace(/^\s*(?:\d+[.)]|[-*])\s+/, '')
  const mask = hideQuotes(request)
  const verb = `(?:(?:please|also|now|finally)\\s+)*(?:${verbs.join('|')})\\b`
  // Runs of white space are bounded so that no text takes long to search.
  const border = new RegExp(
    [
      String.raw`[,;.]?\s{1,9}(?:and\s{1,9})?then\s{1,9}(?=${verb})`,
      String.raw`[,;.]\s{0,9}(?:and\s{1,9})?then,?\s{1,9}`,
      String.raw`\s{1,9}and\s{1,9}then\s{1,9}`,
      String.raw`,?\s{1,9}and\s{1,9}(?=${verb})`,
      String.raw`[,;.!?]\s{1,9}(?=${verb})`,
      String.raw`\n\s{0,9}(?=${verb})`,
      String.raw`\n\s{0,9}(?:\d+[.)]|[-*])\s{1,9}(?=\S)`,
    ].join('|'),
    'gi',
  )
  const colon = mask.search(/:[ \t]*\n/)
  const end = colon < 0 ? mask.length : colon
  const clauses: string[] = []
  let start = 0
  for (const match of mask.matchAll(border)) {
    if (match.index >= end) break
    clauses.push(request.slice(start, match.index))
    start = match.index + match[0].length
  }
  clauses.push(request.slice(start))
  return joinPlaces(clauses.map(withoutPoliteness).filter((clause) => clause !== ''))
}

/** "in a.txt, replace x with y" is one clause: the place belongs to what follows. */
function joinPlaces(clauses: readonly string[]): string[] {
  const joined: string[] = []
  let place = ''
  for (const clause of clauses) {
    const isPlace = PLACE.test(clause)
    if (!isPlace || place !== '') joined.push(place === '' ? clause : `${place}, ${clause}`)
    place = isPlace && place === '' ? clause : ''
  }
  return place === '' ? joined : [...joined, place]
}

const PLACE = new RegExp(`^in\\s+${WORD}$`, 'i')
const HIDDEN = '\u0000'

/** The text with everything inside quotes and code blanked out; as long as before. */
function hideQuotes(text: string): string {
  const quotes = /```[\s\S]*?(?:```|$)|`[^`\n]*`|"[^"]*"|“[^”]*”|(?<=^|[\s(])'[^']*'(?=$|[\s.,;:!?)])/g
  return text.replace(quotes, (quote) => HIDDEN.repeat(quote.length))
}

const OPENING =
  /^(?:\d+[.)]\s+|[-*]\s+|(?:please|kindly|ok(?:ay)?|now|first|next|then|also|and|finally|so|hey|(?:can|could|would|will) you(?: please)?|i(?:'d| would) like (?:you )?to|i want (?:you )?to|let'?s|just)\b,?\s+)/i
const CLOSING = /(?:,?\s{1,9}(?:please|for me)){1,3}([.!?]*)$/i

function withoutPoliteness(clause: string): string {
  let text = clause.trim()
  for (let next = text.replace(OPENING, ''); next !== text; next = text.replace(OPENING, '')) text = next
  return text.replace(CLOSING, '$1').trim()
}
