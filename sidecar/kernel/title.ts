import type { Part } from '../contract/index.ts'

const MOST_GRAPHEMES = 60

type Sent = Extract<Part, { type: 'text' | 'document' | 'media' }>

/** A session's first title: the first line of its first words (or its first file), cut between characters as people see them. */
export function titleFrom(parts: readonly Sent[]): string {
  const text = parts.find((part) => part.type === 'text')?.text ?? parts.find((part) => part.type !== 'text')?.name ?? ''
  const line = text.trim().split(/\r?\n/, 1)[0]!.slice(0, 1000)
  // No more units, no more graphemes: loading what parts them costs a first answer its milliseconds.
  if (line.length <= MOST_GRAPHEMES) return line
  const graphemes = [...new Intl.Segmenter(undefined, { granularity: 'grapheme' }).segment(line)].map((s) => s.segment)
  return graphemes.length > MOST_GRAPHEMES
    ? `${graphemes
        .slice(0, MOST_GRAPHEMES - 1)
        .join('')
        .trimEnd()}…`
    : line
}
