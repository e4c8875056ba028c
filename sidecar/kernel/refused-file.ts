import { resolve } from 'node:path'
import type { Widening } from '../contract/index.ts'
import type { Beyond, Box } from '../sandbox/index.ts'

/** What a system says of a file that a box does not let a command write, and of one that it hides. */
const READ_ONLY = /read-only file system|\bEROFS\b/i
const HIDDEN = /no such file or directory|permission denied|directory nonexistent|nonexistent directory|\b(?:ENOENT|EACCES)\b/i
/** Lines of a command's output that are looked at, the last ones, and their length in UTF-16 units. */
const MOST_LINES = 60
const MOST_UNITS = 500
/** Paths that are looked at. */
const MOST_PATHS = 12
/** An absolute path, as messages name one. */
const PATHS = /(?<![\w.~-])\/[^\s:'"`’‘«»<>|;,()[\]{}]+/g
/** Names that lead elsewhere in a box than on this computer. */
const OF_THE_BOX = /^\/(?:tmp|workspace|shared|vault)(?:\/|$)/

/** A command that failed. */
export interface Failed {
  output: string
  /** Files that it is told to write, as it names them. */
  writes: readonly string[]
}

/**
 * The file outside of the workspace that a command was refused, as its output says. It may be made up: a person is shown the
 * path, and a yes opens it and nothing else.
 * @returns undefined where nothing was, or where nobody is to be asked
 */
export async function refusedFile(
  { output, writes }: Failed,
  box: Pick<Box, 'tier' | 'workspace' | 'canWiden'>,
  beyond: Beyond,
): Promise<Widening | undefined> {
  if (!box.canWiden) return undefined
  const toWrite = new Set(writes.map((path) => resolve(box.workspace, path)))
  const found = new Map<string, Widening>()
  for (const line of output.split('\n').slice(-MOST_LINES)) {
    if (line.length > MOST_UNITS || !(READ_ONLY.test(line) || HIDDEN.test(line))) continue
    for (const [path] of line.matchAll(PATHS)) {
      const place = resolve(path)
      // Where its whole folder is hidden, a file that is to be written is only missing.
      const use = READ_ONLY.test(line) || toWrite.has(place) ? 'write' : 'read'
      if (!OF_THE_BOX.test(place)) found.set(`${use} ${place}`, { path: place, use })
    }
  }
  for (const { path, use } of [...found.values()].slice(0, MOST_PATHS)) {
    const real = await beyond.find(path, box.workspace, use)
    // Behind a link it would lie elsewhere in the box.
    if (real !== path) continue
    if (box.tier === 'process' || !(await beyond.ofSystem(path))) return { path, use }
  }
  return undefined
}
