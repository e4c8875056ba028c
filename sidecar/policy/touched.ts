import type { TaintedFile, TaintLabel, TaintMark } from '../contract/index.ts'
import type { NamedPlace } from './commands/places.ts'
import type { Reading } from './commands/reading.ts'
import { createLooks, type Looks } from './looks.ts'
import { findPrivate } from './private-files.ts'
import type { PrivatePaths } from './private-paths.ts'
import type { SmallFolders } from './small-folders.ts'
import { hiddenFit, shellPattern, startOf, type TaintedFiles } from './tainted-files.ts'

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
  /** The real folder that boxes name `/shared`. Absent: they have none. */
  shared?(): string
}

export interface Looker extends Toucher {
  folders: SmallFolders
}

/** Tools that take nothing from the file they name. */
const BLIND_WRITERS = new Set(['write'])
const SHARED = '/shared'

/** Labels that a call brings into the conversation, by what it names, and by what it reads without naming it. */
export async function touched(touch: Touch, toucher: Looker): Promise<TaintMark[]> {
  const marks = new Marks()
  const { tool, paths, reading, runs, untrusted } = touch
  if (!BLIND_WRITERS.has(tool)) for (const path of paths) lookAt(real(path, toucher), touch, toucher, marks)
  const command = reading && { ...touch, reading, looks: createLooks(touch.workspace, toucher.folders) }
  if (command) for (const place of command.reading.places) lookAtPlace(place, command, toucher, marks)
  if (untrusted && runs && !reading?.harmless) marks.add(UNKNOWN_COMMAND)
  if (command && !command.reading.harmless) await sweep(command, toucher, marks)
  return marks.all()
}

const UNKNOWN_COMMAND: TaintMark = {
  label: 'private',
  source: 'a command',
  reason: 'words from outside may have asked for it, and it may read whatever its box can',
}

type Command = Touch & { reading: Reading; looks: Looks }

/** What a name stands for on this computer. */
function real(path: string, { shared }: Toucher): string {
  if (!shared || (path !== SHARED && !path.startsWith(`${SHARED}/`))) return path
  return shared() + path.slice(SHARED.length)
}

function lookAt(path: string, { workspace }: Touch, { privates, files }: Toucher, marks: Marks): void {
  const why = privates.why(path, workspace)
  if (why !== undefined) marks.add({ label: 'private', source: path, reason: why })
  const known = files.of(path)
  if (known) marks.addFile(known)
}

/** A folder that is named counts with all that was labelled in it: a command may read it as a whole. */
function lookAtPlace({ token, place: named, pattern }: NamedPlace, touch: Command, toucher: Toucher, marks: Marks): void {
  const { files, privates } = toucher
  const place = real(named, toucher)
  if (pattern) {
    // What a walk finds in a folder is looked for on the disk.
    const found = touch.reading.sweep.folders !== undefined && token.endsWith('/{}')
    const why = found ? undefined : privates.whyPattern(token, touch.workspace)
    if (why !== undefined) marks.add({ label: 'private', source: token, reason: why })
    marks.addAll(files.matching(place))
    return
  }
  lookAt(place, touch, toucher, marks)
  const found = touch.looks.at(place)
  if (!found) return
  const { behind, folder } = found
  if (behind !== place) lookAt(behind, touch, toucher, marks)
  if (!touch.reading.harmless && (folder || behind !== place)) marks.addAll(files.below(behind))
}

/** What a command reads without naming it: what is private below folders, or among what a pattern stands for. */
async function sweep({ reading, workspace, untrusted, looks }: Command, toucher: Toucher, marks: Marks): Promise<void> {
  const { files, privates } = toucher
  const { judgement, folders, places } = reading
  const { blind, hidden, folders: read } = reading.sweep
  if (judgement.blind || blind) {
    marks.addAll(files.below(workspace))
    if (toucher.shared) marks.addAll(files.below(toucher.shared()))
  }
  const named = places.filter(({ pattern }) => !pattern).map(({ place }) => real(place, toucher))
  const foldersAt = (places: readonly string[]): string[] =>
    places.flatMap((place) => {
      const found = looks.at(place)
      return found?.folder ? [found.behind] : []
    })
  const below = read === undefined ? [] : foldersAt(named)
  if (read === 'named or its own' && below.length === 0) below.push(...foldersAt(folders))
  for (const folder of below) marks.addAll(files.below(folder))
  // Where words from outside are, every such command counts as private already.
  if (untrusted || marks.has('private')) return
  const why = (path: string): string | undefined => privates.why(path, workspace)
  const add = (found: Awaited<ReturnType<typeof findPrivate>>): void => {
    if (found) marks.add({ label: 'private', source: found.path, reason: found.reason })
  }
  if (blind) below.push(workspace)
  for (const folder of new Set(below)) add(await findPrivate(folder, { looks, why, hidden: hidden || blind }))
  for (const { place: named, pattern } of places) {
    if (!pattern || marks.has('private')) continue
    const place = real(named, toucher)
    const shape = shellPattern(place)
    const depth = place.slice(startOf(place).length).split('/').length - 1
    const fits = (path: string): boolean => shape.test(path) && (hidden || hiddenFit(place, path))
    add(await findPrivate(startOf(place), { looks, why, hidden, fits, depth, whole: read !== undefined }))
  }
}

/** Marks found so far, each once, of each label no more than are told. */
class Marks {
  readonly #marks: Record<TaintLabel, Map<string, TaintMark>> = { untrusted: new Map(), private: new Map() }

  add(mark: TaintMark): void {
    const known = this.#marks[mark.label]
    if (known.size < MOST_SOURCES && !known.has(mark.source)) known.set(mark.source, mark)
  }

  addFile(file: TaintedFile): void {
    for (const mark of marksOf(file)) this.add(mark)
  }

  addAll(files: readonly TaintedFile[]): void {
    for (const mark of marksOfAll(files)) this.add(mark)
  }

  has(label: TaintLabel): boolean {
    return this.#marks[label].size > 0
  }

  all(): TaintMark[] {
    return [...this.#marks.untrusted.values(), ...this.#marks.private.values()]
  }
}

/** Made once for each file that is kept. */
const marksKept = new WeakMap<TaintedFile, readonly TaintMark[]>()

export function marksOf(file: TaintedFile): readonly TaintMark[] {
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
