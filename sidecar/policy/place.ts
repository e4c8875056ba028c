import { join, relative, resolve, sep } from 'node:path'

/** The name of the workspace in every box. Where the real workspace lies below it, it means what it says. */
const WORKSPACE = '/workspace'

/** What a path of a call or a command names, from its workspace, links not followed. */
export function placeIn(workspace: string, path: string): string {
  const full = resolve(workspace, path)
  if (!isBelow(full, WORKSPACE) || isBelow(workspace, WORKSPACE)) return full
  return join(workspace, relative(WORKSPACE, full))
}

const isBelow = (path: string, folder: string): boolean => path === folder || path.startsWith(folder + sep)
