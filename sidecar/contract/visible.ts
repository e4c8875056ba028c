/** Signs that are not seen, steer a screen, part lines in unusual ways, or turn the reading direction. What joins parts of an emoji is none. */
const HIDDEN =
  /(?![\n\t]|\r\n)(?!(?<=\p{Extended_Pictographic}\ufe0f?)\u200d(?=\p{Extended_Pictographic}))[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu

/** Most texts hide nothing, which one look tells. */
const PLAIN = /^[ -~]*$/

/** Words of a model or a file in which nothing is hidden: what is not seen, or steers, is written out, `⟨U+202E⟩`. Line breaks and tabs stay. */
export const visible = (text: string): string =>
  PLAIN.test(text)
    ? text
    : text.replace(HIDDEN, (sign) => `⟨U+${sign.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0')}⟩`)

/** The same on one line, so that no part of it can pass for a line of ours: a line break is `⏎`. */
export const onOneLine = (text: string): string =>
  PLAIN.test(text) ? text : visible(text.replace(/\r?\n/g, ' ⏎ ').replaceAll('\t', ' '))
