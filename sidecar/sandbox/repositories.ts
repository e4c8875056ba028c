import { lstatSync, readdirSync, realpathSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { OxbowError, readPlainFile } from '../foundation/index.ts'
import { isInside } from './rules.ts'

/** The search looks at so many folders at the most, those near the workspace first, and so deep. */
const MOST_FOLDERS = 500
const MOST_DEPTH = 8
/** More repositories in one workspace are not guarded. */
const MOST_FOUND = 64
/** As deep as the names of submodules go. */
const MODULE_DEPTH = 4
const MOST_POINTER = 4096
/** What package managers fill, and nobody works in. */
const SKIPPED = ['node_modules', '.git', '.oxbow']

/** What of a workspace is git's. All real paths in it. */
export interface GitPlaces {
  /** Folders that hold settings and hooks, each before those in it. */
  folders: string[]
  /** Files that say where such a folder is. */
  pointers: string[]
}

interface Looked {
  changed: bigint
  folders: string[]
  /** Where a repository begins: its `.git`, or the folder itself where it is a bare one. */
  begins: string | undefined
}

/** Finds the repositories in one workspace. A folder is read again only when what is in it has changed. */
export class Repositories {
  readonly #workspace: string
  #looked = new Map<string, Looked>()
  /** Once found they stay, however many folders are made in front of them. */
  readonly #begins = new Set<string>()
  /** Whether all was looked at once. A folder that is shut later held none, or one that is known. */
  #begun = false

  constructor(workspace: string) {
    this.#workspace = workspace
  }

  /** @throws OxbowError `sandbox.shut` */
  find(): GitPlaces {
    this.#search()
    const places: GitPlaces = { folders: [], pointers: [] }
    for (const path of this.#begins) {
      const real = realIn(this.#workspace, path)
      if (real === undefined) this.#begins.delete(path)
      else this.#collect(real, places)
    }
    return places
  }

  #search(): void {
    const looked = new Map<string, Looked>()
    let level = [this.#workspace]
    for (let depth = 0; depth <= MOST_DEPTH && level.length > 0; depth += 1) {
      const next: string[] = []
      for (const path of level) {
        const found = looked.size < MOST_FOLDERS ? this.#look(path) : undefined
        if (found === undefined) continue
        looked.set(path, found)
        if (found.begins !== undefined && this.#begins.size < MOST_FOUND) this.#begins.add(found.begins)
        for (const name of found.folders) next.push(join(path, name))
      }
      level = next
    }
    this.#looked = looked
    this.#begun = true
  }

  #look(path: string): Looked | undefined {
    try {
      return look(path, this.#looked.get(path))
    } catch (error) {
      if (!this.#begun && isOurs(path)) mustBeOpen(path, error)
      return undefined
    }
  }

  #collect(path: string, places: GitPlaces): void {
    if (places.folders.includes(path) || places.pointers.includes(path)) return
    if (lstatSync(path, { throwIfNoEntry: false })?.isFile()) {
      places.pointers.push(path)
      this.#follow(path, /^gitdir: (.+)/, places)
      return
    }
    places.folders.push(path)
    this.#follow(join(path, 'commondir'), /^(.+)/, places)
    for (const name of namesIn(join(path, 'worktrees'))) places.folders.push(join(path, 'worktrees', name))
    this.#modules(join(path, 'modules'), places, MODULE_DEPTH)
  }

  /** The repositories of submodules, whose names may hold slashes. */
  #modules(path: string, places: GitPlaces, depth: number): void {
    for (const name of namesIn(path)) {
      const module = join(path, name)
      if (identified(join(module, 'HEAD'))) this.#collect(module, places)
      else if (depth > 0) this.#modules(module, places, depth - 1)
    }
  }

  /** A file that names another of git's folders, from where it stands. */
  #follow(path: string, words: RegExp, places: GitPlaces): void {
    const named = pointerIn(path)?.match(words)?.[1]?.trimEnd()
    const real = named === undefined ? undefined : realIn(this.#workspace, resolve(path, '..', named))
    if (real !== undefined && real !== this.#workspace) this.#collect(real, places)
  }
}

/** @throws Error where it cannot be looked at */
function look(path: string, before: Looked | undefined): Looked | undefined {
  const stats = lstatSync(path, { throwIfNoEntry: false, bigint: true })
  if (!stats?.isDirectory()) return undefined
  // The time of the last change, which unlike that of the last writing nobody can set.
  if (before?.changed === stats.ctimeNs) return before
  const entries = readdirSync(path, { withFileTypes: true })
  const names = new Set(entries.map(({ name }) => name))
  const bare = ['HEAD', 'objects', 'refs'].every((name) => names.has(name))
  const folders = entries.filter((entry) => entry.isDirectory() && !SKIPPED.includes(entry.name)).map(({ name }) => name)
  const begins = names.has('.git') ? join(path, '.git') : bare ? path : undefined
  return { changed: stats.ctimeNs, folders: bare ? [] : folders, begins }
}

/** What is shut by another user no command can open again. Where a folder cannot even be looked up, the one above it is shut. */
function isOurs(path: string): boolean {
  try {
    return lstatSync(path).uid === process.geteuid?.()
  } catch {
    return dirname(path) !== path && isOurs(dirname(path))
  }
}

/**
 * The real path of a file or folder, where it lies in the workspace; undefined where it does not, or nothing is there.
 * @throws OxbowError `sandbox.shut`
 */
export function realIn(workspace: string, path: string): string | undefined {
  try {
    const real = realpathSync(path)
    const stats = lstatSync(real)
    return isInside(real, workspace) && (stats.isFile() || stats.isDirectory()) ? real : undefined
  } catch (error) {
    if (isInside(path, workspace)) mustBeOpen(path, error)
    return undefined
  }
}

/** A command could open again what is shut, and nothing in it would be guarded. @throws OxbowError `sandbox.shut` */
function mustBeOpen(path: string, error: unknown): void {
  if ((error as NodeJS.ErrnoException).code !== 'EACCES') return
  throw new OxbowError(
    'CONFLICT',
    'sandbox.shut',
    `No command runs here: "${path}" cannot be looked at, so that it cannot be guarded.`,
    'Give yourself the right to read it and the folders above it (chmod u+rx).',
  )
}

function identified(path: string): boolean {
  try {
    return lstatSync(path, { throwIfNoEntry: false }) !== undefined
  } catch (error) {
    mustBeOpen(path, error)
    return false
  }
}

/** The folders in a folder; none where it is none. */
function namesIn(folder: string): string[] {
  try {
    if (!lstatSync(folder).isDirectory()) return []
    const entries = readdirSync(folder, { withFileTypes: true })
    return entries.filter((entry) => entry.isDirectory()).map(({ name }) => name)
  } catch (error) {
    mustBeOpen(folder, error)
    return []
  }
}

function pointerIn(path: string): string | undefined {
  try {
    return readPlainFile(path, MOST_POINTER)
  } catch {
    return undefined
  }
}
