import { isAbsolute } from 'node:path'
import { globOf } from './glob.ts'
import { nameFrom, placeIn, realPlace, virtualPlace } from './place.ts'

/** A file of a call, by every name that a rule may give it. */
export interface NamedFile {
  /** From the workspace. */
  name: string
  /** Absolute; also as boxes call it. */
  places: readonly string[]
}

/** Where the file lies that a call names, as it is spelled and, where that differs, behind every link. None where it names none. */
export function placesNamed(args: unknown, workspace: string): string[] {
  if (typeof args !== 'object' || args === null || !('path' in args) || typeof args.path !== 'string') return []
  if (args.path.startsWith('spool:')) return [args.path]
  const given = placeIn(workspace, args.path)
  const real = realPlace(given, workspace)
  return real === given ? [given] : [given, real]
}

export function fileAt(place: string, workspace: string): NamedFile {
  if (place.startsWith('spool:')) return { name: place, places: [] }
  const virtual = virtualPlace(place, workspace)
  return { name: nameFrom(workspace, place), places: virtual === undefined ? [place] : [place, virtual] }
}

/** Which files a rule is about: by their names from the workspace or, where it begins at the root, by their places. */
export interface PathPattern {
  fits(file: NamedFile, strict: boolean): boolean
}

/** @param text in the form of `ruleInForm` */
export function readPathPattern(text: string): PathPattern {
  const last = text.slice(text.lastIndexOf('/') + 1)
  // A name without marks may be a folder: then all that lies in it is meant.
  const globs = /[*?[\]{}]/.test(last) ? [globOf(text)] : [globOf(text), globOf(`${text}/**`)]
  const fits = (value: string, strict: boolean): boolean => globs.some((glob) => glob.fits(value, strict))
  if (isAbsolute(text)) return { fits: ({ places }, strict) => places.some((place) => fits(place, strict)) }
  return { fits: ({ name }, strict) => fits(name, strict) }
}
