import { lstatSync, realpathSync, type Stats, statSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import type { Entries, SmallFolders } from './small-folders.ts'

/** What lies at a place. */
export interface Found {
  /** The place behind every link. */
  behind: string
  /** Whether it is a folder, or leads to one. */
  folder: boolean
}

/** Looks at places for one call, at each once: it is judged by what is there now, and its words name the same again and again. */
export interface Looks {
  /** @returns undefined where nothing is, or a link leads nowhere */
  at(place: string): Found | undefined
  /** What is in a folder; undefined where that may be much. */
  inSmall(folder: string): Entries | undefined
}

/** Elsewhere a file may be called by several spellings of its name. */
const ONE_SPELLING = process.platform === 'linux'
const NOTHING: Entries = new Map()

/** @param top canonical; the folder that most of a command's words would lie in, if they were names of files: which few are */
export function createLooks(top: string, folders: SmallFolders): Looks {
  const isMissing = (place: string): boolean =>
    ONE_SPELLING &&
    place.lastIndexOf('/') === top.length &&
    place.startsWith(top) &&
    inSmall(top)?.has(place.slice(top.length + 1)) === false
  // What is missing makes no error, which would cost more than the look.
  const stats = once((place): Stats | undefined => (isMissing(place) ? undefined : lstatSync(place, { throwIfNoEntry: false })))
  const inSmall = once((folder): Entries | undefined => {
    const now = stats(folder)
    return now ? folders.of(folder, now) : NOTHING
  })
  // To follow a whole path asks for each of its folders again.
  const behind = once((place): string => {
    if (place === top || dirname(place) === place) return place
    if (stats(place)?.isSymbolicLink()) return realpathSync.native(place)
    return join(behind(dirname(place)) ?? dirname(place), basename(place))
  })
  return {
    at: once((place) => {
      const found = stats(place)
      if (!found) return undefined
      return { behind: behind(place) ?? place, folder: (found.isSymbolicLink() ? statSync(place) : found).isDirectory() }
    }),
    inSmall,
  }
}

/** What cannot be looked at is not there. */
function once<T>(look: (place: string) => T): (place: string) => T | undefined {
  const known = new Map<string, T | undefined>()
  return (place) => {
    if (known.has(place)) return known.get(place)
    let found: T | undefined
    try {
      found = look(place)
    } catch {
      // Then nobody can read it either.
    }
    known.set(place, found)
    return found
  }
}
