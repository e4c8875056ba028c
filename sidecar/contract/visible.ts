/** Signs that steer a screen, part lines in unusual ways, or turn the reading direction. */
const STEERING = /(?![\n\t]|\r\n)[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]/gu

/** Words of a model or a file in which nothing is hidden: what steers is written out, `\u202e`. Line breaks and tabs stay. */
export const visible = (text: string): string =>
  text.replace(STEERING, (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`)

/** The same on one line, so that no part of it can pass for a line of ours: a line break is `⏎`. */
export const onOneLine = (text: string): string => visible(text.replace(/\r?\n/g, ' ⏎ ').replaceAll('\t', ' '))
