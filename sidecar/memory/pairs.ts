const RUN = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}ー]+/gu

/**
 * Chinese, Japanese and Korean text as overlapping pairs of characters, the usual unit where words have no spaces between them
 * (three at a time, as SQLite's trigram has it, would miss the many words of two). Empty when there is none.
 */
export function pairsOf(text: string): string {
  const pairs: string[] = []
  for (const [run] of text.normalize('NFKC').matchAll(RUN)) {
    const characters = [...run]
    if (characters.length === 1) pairs.push(run)
    for (let at = 0; at + 1 < characters.length; at++) pairs.push(characters[at]! + characters[at + 1]!)
  }
  return pairs.join(' ')
}
