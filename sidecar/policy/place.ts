import { join, relative, resolve, sep } from 'node:path'
import { isTidy } from '../foundation/index.ts'

/** The name of the workspace in every box. Where the real workspace lies below it, it means what it says. */
const WORKSPACE = '/workspace'

/** What a path of a call or a command names, from its workspace, links not followed. */
export function placeIn(workspace: string, path: string): string {
  const full = placed(workspace, path)
  if (!full.startsWith(WORKSPACE) || !isBelow(full, WORKSPACE) || isBelow(workspace, WORKSPACE)) return full
  return join(workspace, relative(WORKSPACE, full))
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
