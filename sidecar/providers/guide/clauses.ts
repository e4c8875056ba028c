/**
 * Splits a request into its clauses: "create a.txt with hello, then read it" is two. Nothing is split inside quotes or
 * code, nor after a colon that ends a line: what follows is the content of a file.
 * @param verbs words that begin a request
 */
export function splitClauses(request: string, verbs: readonly string[]): string[] {
  const mask = hideQuotes(request)
  const verb = `(?:(?:please|also|now|finally)\\s+)*(?:${verbs.join('|')})\\b`
  const border = new RegExp(
    [
      String.raw`[,;.]?\s+(?:and\s+)?then\s+(?=${verb})`,
      String.raw`[,;.]\s*(?:and\s+)?then,?\s+`,
      String.raw`\s+and\s+then\s+`,
      String.raw`,?\s+and\s+(?=${verb})`,
      String.raw`[,;.!?]\s+(?=${verb})`,
      String.raw`\n\s*(?=${verb})`,
      String.raw`\n\s*(?:\d+[.)]|[-*])\s+(?=\S)`,
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
  return clauses.map(withoutPoliteness).filter((clause) => clause !== '')
}

const HIDDEN = '\u0000'

/** The text with everything inside quotes and code blanked out; as long as before. */
function hideQuotes(text: string): string {
  const quotes = /```[\s\S]*?(?:```|$)|`[^`\n]*`|"[^"]*"|“[^”]*”|(?<=^|[\s(])'[^']*'(?=$|[\s.,;:!?)])/g
  return text.replace(quotes, (quote) => HIDDEN.repeat(quote.length))
}

const OPENING =
  /^(?:\d+[.)]\s+|[-*]\s+|(?:please|kindly|ok(?:ay)?|now|first|next|then|also|and|finally|so|hey|(?:can|could|would|will) you(?: please)?|i(?:'d| would) like (?:you )?to|i want (?:you )?to|let'?s|just)\b,?\s+)/i
const CLOSING = /(?:,?\s+(?:please|for me))+([.!?]*)$/i

function withoutPoliteness(clause: string): string {
  let text = clause.trim()
  for (let next = text.replace(OPENING, ''); next !== text; next = text.replace(OPENING, '')) text = next
  return text.replace(CLOSING, '$1').trim()
}
