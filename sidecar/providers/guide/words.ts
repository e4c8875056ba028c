/** A word or a quoted phrase, for use inside a pattern. */
export const WORD = String.raw`(?:"[^"]+"|'[^']+'|“[^”]+”|\`[^\`]+\`|\S+)`

const QUOTED = /^(?:"([\s\S]*)"|'([\s\S]*)'|“([\s\S]*)”|`([\s\S]*)`)$/

/** The inside of a text that is one quotation or one fenced block, else the text. */
export function unquote(text: string): string {
  const fenced = /^```[^\n]*\n([\s\S]*?)\n?```$/.exec(text.trim())
  if (fenced) return fenced[1]!
  const quoted = QUOTED.exec(text.trim())
  return quoted ? (quoted[1] ?? quoted[2] ?? quoted[3] ?? quoted[4] ?? '') : text
}

export const isQuoted = (text: string): boolean => QUOTED.test(text.trim())

/** Ends of sentences are no part of what was named; the dots of `.` and `..` are. */
export const bare = (text: string): string => text.trim().replace(/(?<=[^\s./])[.,;:!?]+$/, '')

const PRONOUN = /^(?:it|that|this|that file|this file|the file|them)$/i

/** The path a person named; "it" is the file spoken of last. Undefined when no path was named. */
export function readPath(text: string | undefined, lastPath: string | undefined): string | undefined {
  if (text === undefined) return undefined
  const name = bare(text)
  if (PRONOUN.test(name)) return lastPath
  if (isQuoted(name)) return unquote(name)
  return name !== '' && !/\s/.test(name) ? name : undefined
}

/** Whether a word looks like a file rather than like prose: quoted, with an extension, a folder or a leading dot. */
export const looksLikePath = (word: string): boolean => isQuoted(word) || /\.[\w-]{1,12}$|\/|^\.[\w-]/.test(bare(word))

export const code = (text: string): string => (text.includes('`') ? `\`\` ${text} \`\`` : `\`${text}\``)

const MAX_QUOTE = 4000

/** A tool's output as a block of code, bounded, in a fence that the output cannot close. */
export function fence(output: string): string {
  const longest = Math.max(2, ...(output.match(/`+/g) ?? []).map((run) => run.length))
  const ticks = '`'.repeat(longest + 1)
  // Never between the halves of a surrogate pair.
  const end = /[\uD800-\uDBFF]/.test(output[MAX_QUOTE - 1] ?? '') ? MAX_QUOTE - 1 : MAX_QUOTE
  const cut = output.length > MAX_QUOTE
  const shown = cut ? output.slice(0, end) : output.replace(/\n$/, '')
  return `${ticks}\n${shown}\n${ticks}${cut ? `\n(${output.length - end} more characters; open the tool's card to see them)` : ''}`
}
