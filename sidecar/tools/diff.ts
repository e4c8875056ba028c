import { structuredPatch } from 'diff'
import type { FileDiff } from '../contract/index.ts'
import { headOf, MOST_BYTES } from './text.ts'

const MOST_LINES = 200
/** Longer texts are not compared: it would cost more than it shows. */
const MOST_COMPARED = 2 << 20
const MOST_MS = 500

/** What changed in a file, as a unified diff for people, bounded in lines and bytes. */
export function diffOf(path: string, before: string, after: string): FileDiff {
  const whole = { path, added: countLines(after), removed: countLines(before) }
  if (before.length + after.length > MOST_COMPARED) return { ...whole, diff: '(too long to compare)' }
  const patch = structuredPatch(path, path, before, after, undefined, undefined, { context: 3, timeout: MOST_MS })
  if (!patch) return { ...whole, diff: '(too different to compare)' }
  const lines = patch.hunks.flatMap((hunk) => [
    `@@ -${hunk.oldStart},${hunk.oldLines} +${hunk.newStart},${hunk.newLines} @@`,
    ...hunk.lines,
  ])
  const starting = (sign: string): number => lines.filter((line) => line.startsWith(sign)).length
  const shown = lines.slice(0, MOST_LINES).join('\n')
  const text = headOf(shown, MOST_BYTES - 100)
  const more = lines.length > MOST_LINES || text.length < shown.length
  return { path, added: starting('+'), removed: starting('-'), diff: more ? `${text}\n… ${lines.length} lines in all` : text }
}

function countLines(text: string): number {
  if (text === '') return 0
  return text.split('\n').length - (text.endsWith('\n') ? 1 : 0)
}
