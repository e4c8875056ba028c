/** A chunk whose every member but `choices` is a plain value, and whose one choice holds a piece of content and no end. */
const PLAIN =
  /^\{[^{}[\]]*"choices":\[\{[^{}[\]]*"delta":\{"content":"((?:[^"\\]|\\.)*)"\}(?:,"logprobs":null)?,"finish_reason":null\}\][^{}[\]]*\}$/

/**
 * The text of a chunk that says nothing else; undefined where it must be read as a whole. Most chunks of an answer are
 * such, and reading each as JSON takes longer than everything else that is done with it.
 */
export function plainDelta(data: string): string | undefined {
  const found = PLAIN.exec(data)
  if (!found || data.includes('"error"')) return undefined
  const [, text] = found
  return text!.includes('\\') ? (JSON.parse(`"${text}"`) as string) : text
}
