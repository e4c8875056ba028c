import { structuredPatch } from 'diff'
import type { FileDiff } from '../contract/index.ts'
import { headOf, MOST_BYTES } from './text.ts'

interface Bound {
  lines: number
  bytes: number
}
/** What is kept of a change with its result, and with a question about it, which must tell all where it can. */
const OF_RESULT: Bound = { lines: 200, bytes: MOST_BYTES }
export const OF_QUESTION: Bound = { lines: 5_000, bytes: 256 << 10 }
/** Longer texts are not compared: it would cost more than it shows. */
const MOST_COMPARED = 2 << 20
const MOST_MS = 500

/** What changed in a file, as a unified diff for people, bounded in lines and bytes. */
export function diffOf(path: string, before: string, after: string, most = OF_RESULT): FileDiff {
  const whole = { path, added: countLines(after), removed: countLines(before), cut: true }
  if (before.length + after.length > MOST_COMPARED) return { ...whole, diff: '(too long to compare)' }
  const patch = structuredPatch(path, path, before, after, undefined, undefined, { context: 3, timeout: MOST_MS })
  if (!patch) return { ...whole, diff: '(too different to compare)' }
  const lines = patch.hunks.flatMap((hunk) => [
    `@@ -${hunk.oldStart},${hunk.oldLines} +${hunk.newStart},${hunk.newLines} @@`,
    ...hunk.lines,
  ])
  const starting = (sign: string): number => lines.filter((line) => line.startsWith(sign)).length
  const shown = lines.slice(0, most.lines).join('\n')
  const text = headOf(shown, most.bytes - 100)
  const counts = { path, added: starting('+'), removed: starting('-') }
  if (lines.length <= most.lines && text.length === shown.length) return { ...counts, diff: text }
  return { ...counts, diff: `${text}\n… ${lines.length} lines in all`, cut: true }
}

function countLines(text: string): number {
  if (text === '') return 0
  return text.split('\n').length - (text.endsWith('\n') ? 1 : 0)
}
