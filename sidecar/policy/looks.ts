import { type Dirent, lstatSync, readdirSync, realpathSync, type Stats, statSync } from 'node:fs'

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
  inSmall(folder: string): readonly Dirent[] | undefined
}

/** A folder of that size, in bytes, has few names: to read it at once takes a tenth of what it takes to wait for it. */
const SMALL = 8192

export function createLooks(): Looks {
  // What is missing makes no error, which would cost more than the look.
  const stats = once((place): Stats | undefined => lstatSync(place, { throwIfNoEntry: false }))
  return {
    at: once((place) => {
      const found = stats(place)
      if (!found) return undefined
      return { behind: realpathSync.native(place), folder: (found.isSymbolicLink() ? statSync(place) : found).isDirectory() }
    }),
    inSmall: once((folder) => {
      const found = stats(folder)
      if (!found) return []
      return found.size > SMALL ? undefined : readdirSync(folder, { withFileTypes: true })
    }),
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
