import { resolve } from 'node:path'
import type { Widening } from '../contract/index.ts'
import type { Beyond, Box } from '../sandbox/index.ts'

/** What a system says of a file that a box does not let a command write, and of one that it hides. */
const READ_ONLY = /read-only file system|\bEROFS\b/i
const HIDDEN = /no such file or directory|permission denied|\b(?:ENOENT|EACCES)\b/i
/** Lines of a command's output that are looked at, the last ones, and their length in UTF-16 units. */
const MOST_LINES = 60
const MOST_UNITS = 500
/** Paths that are looked at. */
const MOST_PATHS = 12
/** An absolute path, as messages name one. */
const PATHS = /(?<![\w.~-])\/[^\s:'"`’‘«»<>|;,()[\]{}]+/g
/** Names that lead elsewhere in a box than on this computer. */
const OF_THE_BOX = /^\/(?:tmp|workspace|shared|vault)(?:\/|$)/

/**
 * The file outside of the workspace that a command was refused, as its output says. It may be made up: a person is shown the
 * path, and a yes opens it and nothing else.
 * @returns undefined where nothing was, or where nobody is to be asked
 */
export async function refusedFile(
  output: string,
  box: Pick<Box, 'tier' | 'workspace'>,
  beyond: Beyond,
): Promise<Widening | undefined> {
  if (box.tier !== 'process') return undefined
  const found = new Map<string, Widening>()
  for (const line of output.split('\n').slice(-MOST_LINES)) {
    const use = line.length > MOST_UNITS ? undefined : READ_ONLY.test(line) ? 'write' : HIDDEN.test(line) ? 'read' : undefined
    if (use === undefined) continue
    for (const [path] of line.matchAll(PATHS)) {
      const place = resolve(path)
      if (!OF_THE_BOX.test(place)) found.set(`${use} ${place}`, { path: place, use })
    }
  }
  for (const { path, use } of [...found.values()].slice(0, MOST_PATHS)) {
    const real = await beyond.find(path, box.workspace, use)
    // Behind a link it would lie elsewhere in the box.
    if (real === path) return { path, use }
  }
  return undefined
}
