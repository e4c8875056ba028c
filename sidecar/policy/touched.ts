import type { TaintedFile, TaintLabel, TaintMark } from '../contract/index.ts'
import type { Reading } from './commands/reading.ts'
import type { PrivatePaths } from './private-paths.ts'
import type { TaintedFiles } from './tainted-files.ts'

/** Sources told of each label; the label counts, however many there are. */
export const MOST_SOURCES = 100

/** What a call reads, as far as its arguments say. */
export interface Touch {
  tool: string
  workspace: string
  /** Files it names, absolute; also as they are behind every link. */
  paths: readonly string[]
  /** The command it runs. */
  reading: Reading | undefined
  /** Whether it runs something. */
  runs: boolean
  /** Whether the conversation holds words from outside: then the command may be theirs. */
  untrusted: boolean
}

export interface Toucher {
  privates: PrivatePaths
  files: TaintedFiles
}

/** Tools that take nothing from the file they name. */
const BLIND_WRITERS = new Set(['write'])

/** Labels that a call brings into the conversation, by what it names. */
export function touched(touch: Touch, { privates, files }: Toucher): TaintMark[] {
  const marks: Record<TaintLabel, Map<string, TaintMark>> = { untrusted: new Map(), private: new Map() }
  const add = (mark: TaintMark): void => {
    const known = marks[mark.label]
    if (known.size < MOST_SOURCES && !known.has(mark.source)) known.set(mark.source, mark)
  }
  const addFile = (file: TaintedFile): void => {
    for (const mark of marksOf(file)) add(mark)
  }
  const { tool, workspace, paths, reading, runs, untrusted } = touch
  const lookAt = (path: string): void => {
    const why = privates.why(path, workspace)
    if (why !== undefined) add({ label: 'private', source: path, reason: why })
    if (path.startsWith('/vault/')) add({ label: 'untrusted', source: path, reason: 'it was not made here' })
    const known = files.of(path)
    if (known) addFile(known)
  }
  if (!BLIND_WRITERS.has(tool)) for (const path of paths) lookAt(path)
  for (const { token, place, pattern } of reading?.places ?? []) {
    if (!pattern) {
      lookAt(place)
      continue
    }
    const why = privates.whyPattern(token, workspace)
    if (why !== undefined) add({ label: 'private', source: token, reason: why })
    for (const mark of marksOfAll(files.matching(place))) add(mark)
  }
  if (untrusted && runs && !reading?.harmless) add(UNKNOWN_COMMAND)
  return [...marks.untrusted.values(), ...marks.private.values()]
}

const UNKNOWN_COMMAND: TaintMark = {
  label: 'private',
  source: 'a command',
  reason: 'words from outside may have asked for it, and it may read whatever its box can',
}

/** Made once for each file that is kept. */
const marksKept = new WeakMap<TaintedFile, readonly TaintMark[]>()

function marksOf(file: TaintedFile): readonly TaintMark[] {
  const known = marksKept.get(file)
  if (known) return known
  const made = file.labels.map((label) => ({ label, source: file.path, reason: inherited(label, file) }))
  marksKept.set(file, made)
  return made
}

/** A list stays the same until a file is marked anew: those of a whole folder are looked through once. */
const allKept = new WeakMap<readonly TaintedFile[], readonly TaintMark[]>()

function marksOfAll(files: readonly TaintedFile[]): readonly TaintMark[] {
  const known = allKept.get(files)
  if (known) return known
  const counts = { untrusted: 0, private: 0 }
  const made = files.flatMap((file) => marksOf(file).filter(({ label }) => counts[label]++ < MOST_SOURCES))
  allKept.set(files, made)
  return made
}

const inherited = (label: TaintLabel, { source }: TaintedFile): string =>
  label === 'untrusted' ? `it was written with words from outside (${source})` : `it was written with what is private (${source})`
