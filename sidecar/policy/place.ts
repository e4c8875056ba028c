import { lstatSync, readlinkSync } from 'node:fs'
import { dirname, isAbsolute, join, parse, relative, resolve, sep } from 'node:path'
import { isTidy } from '../foundation/index.ts'

/** The name of the workspace in every box. Where the real workspace lies below it, it means what it says. */
const WORKSPACE = '/workspace'

/** What a path of a call or a command names, from its workspace, links not followed. */
export function placeIn(workspace: string, path: string): string {
  const full = placed(workspace, path)
  if (!full.startsWith(WORKSPACE) || !isBelow(full, WORKSPACE) || isBelow(workspace, WORKSPACE)) return full
  return join(workspace, relative(WORKSPACE, full))
}

/** What a place in the workspace is called in every box; undefined where it lies elsewhere, or is called so anyway. */
export function virtualPlace(place: string, workspace: string): string | undefined {
  if (!isBelow(place, workspace) || isBelow(workspace, WORKSPACE)) return undefined
  return join(WORKSPACE, relative(workspace, place))
}

/** Links followed before a path counts as a circle. */
const MOST_LINKS = 40

/**
 * Where a place leads when every link in it is followed, name by name as a box does; what is not there keeps its name.
 * @param place absolute and normal
 * @param workspace canonical
 */
export function realPlace(place: string, workspace: string): string {
  let at = isBelow(place, workspace) ? workspace : parse(place).root
  let left = namesOf(place.slice(at.length))
  for (let links = 0; ; ) {
    const name = left.shift()
    if (name === undefined) return at
    if (name === '..') {
      at = dirname(at)
      continue
    }
    const next = placeIn(workspace, join(at, name))
    const target = links < MOST_LINKS ? linkAt(next) : undefined
    if (target === undefined) at = next
    else {
      links += 1
      if (isAbsolute(target)) at = parse(target).root
      left = [...namesOf(target), ...left]
    }
  }
}

const namesOf = (path: string): string[] => path.split(sep).filter((name) => name !== '' && name !== '.')

/** Where a link leads; undefined where there is none, or it cannot be told. */
function linkAt(path: string): string | undefined {
  try {
    // To look first costs less than the error that any other file makes.
    return lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() ? readlinkSync(path) : undefined
  } catch {
    return undefined
  }
}

/** A place as it is called from a folder: `..` and beyond where it lies outside. */
export function nameFrom(folder: string, place: string): string {
  if (place.startsWith(folder) && place[folder.length] === '/' && isTidy(place.slice(folder.length)))
    return place.slice(folder.length + 1)
  return relative(folder, place)
}

/** Resolving takes ten times as long as joining, and most paths are tidy. */
function placed(workspace: string, path: string): string {
  if (sep === '/' && workspace[0] === '/' && isTidy(workspace) && isTidy(path))
    return path[0] === '/' ? path : `${workspace}/${path}`
  return resolve(workspace, path)
}

const isBelow = (path: string, folder: string): boolean => path === folder || path.startsWith(folder + sep)
