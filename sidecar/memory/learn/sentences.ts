/** Characters of one message that are looked at: what is longer was pasted. */
const MOST_TEXT = 20_000
/** Longer "sentences" are lists, logs or code. */
const MOST_SENTENCE = 400

const CODE = /```[\s\S]*?(?:```|$)|`[^`\n]*`/g
const QUOTED_LINE = /^\s*(?:>|\|).*$/gm
/** Other people's words, in the marks of English and German. An apostrophe between letters is none. */
const QUOTATION = /"[^"\n]{0,2000}"|“[^”\n]{0,2000}[”“]|„[^“”"\n]{0,2000}[“”"]|«[^»\n]{0,2000}»|»[^«\n]{0,2000}«/g
const ABBREVIATION = /(?:^|[\s(])(?:e\.g|i\.e|etc|dr|mr|mrs|ms|st|no|vs|z\.B|bzw|usw|ca|nr|d\.h|str|\d{1,2})\.$/i

/** The person's own sentences: without code, quoted lines and quotations, which are the words of others. */
export function ownSentences(text: string): string[] {
  const own = text.slice(0, MOST_TEXT).toWellFormed().replace(CODE, ' … ').replace(QUOTED_LINE, '').replace(QUOTATION, ' … ')
  return own
    .split(/\n+/)
    .flatMap(splitLine)
    .map((sentence) =>
      sentence
        .replace(/^\s*(?:[-*•]|\d{1,2}[.)])\s+/, '')
        .replace(/\s+/g, ' ')
        .trim(),
    )
    .filter((sentence) => sentence.length > 3 && sentence.length <= MOST_SENTENCE)
}

function splitLine(line: string): string[] {
  const sentences: string[] = []
  let open = ''
  for (const piece of line.split(/(?<=[.!?…;])\s+/)) {
    open = open === '' ? piece : `${open} ${piece}`
    if (ABBREVIATION.test(open)) continue
    sentences.push(open)
    open = ''
  }
  if (open !== '') sentences.push(open)
  return sentences
}
