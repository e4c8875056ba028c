import { lstatSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { OxbowError } from '../foundation/index.ts'
import { identityOf, type Known } from './identity.ts'
import { type GitPlaces, realIn } from './repositories.ts'
import { isInside, STARTUP_FILES } from './rules.ts'

/** A path in the workspace that is a mount of its own, so that it cannot be moved away; read-only where it decides what shells and git run. */
export interface Guard extends Known {
  readOnly: boolean
}

/** What git obeys in one of its folders. */
export const OBEYED_BY_GIT = ['hooks', 'config', 'config.worktree', 'commondir']
/** Nothing can be mounted over a link, so these must be none, else a command could put something else in their place. */
const NEVER_LINKS = ['.oxbow', '.git', ...OBEYED_BY_GIT.map((name) => `.git/${name}`)]

/**
 * What of a workspace is guarded: files and folders that are there, by real paths in it. Where a start-up file is a link, what
 * it leads to is guarded. First what can be written, each before what lies in it.
 * @throws OxbowError `sandbox.link`
 */
export function guardsOf(workspace: string, { folders, pointers }: GitPlaces): Guard[] {
  const at = (name: string): string => join(workspace, name)
  const link = NEVER_LINKS.find((name) => lstatSync(at(name), { throwIfNoEntry: false })?.isSymbolicLink())
  if (link !== undefined) throw linked(at(link))
  const startup = STARTUP_FILES.map((name) => realIn(workspace, at(name))).filter((path) => path !== undefined && isFile(path))
  const obeyed = folders.flatMap((folder) => OBEYED_BY_GIT.map((name) => realIn(workspace, join(folder, name))))
  const held = folders.flatMap((folder) => [folder, ...between(folder, folders)]).filter((path) => path !== workspace)
  return [
    ...guarded(held, false).sort((one, other) => one.path.length - other.path.length),
    ...guarded([at('.oxbow'), ...startup, ...obeyed, ...pointers], true),
  ]
}

function guarded(paths: readonly (string | undefined)[], readOnly: boolean): Guard[] {
  return [...new Set(paths)].flatMap((path) => {
    const identity = path === undefined ? undefined : identityOf(path)
    return path === undefined || identity === undefined ? [] : [{ path, identity, readOnly }]
  })
}

/** The folders that lead from one of git's folders to one within it: moved, they would take it along. */
function between(folder: string, folders: readonly string[]): string[] {
  const outer = folders.find((one) => one !== folder && isInside(folder, one))
  if (outer === undefined) return []
  const way: string[] = []
  for (let path = dirname(folder); path !== outer; path = dirname(path)) way.push(path)
  return way
}

const isFile = (path: string): boolean => lstatSync(path, { throwIfNoEntry: false })?.isFile() === true

function linked(path: string): OxbowError {
  return new OxbowError(
    'CONFLICT',
    'sandbox.link',
    `No command runs here: "${path}" is a link, which cannot be guarded against being exchanged.`,
    'Put what it leads to in its place; for .git a file with "gitdir: " and the path does, too.',
  )
}
