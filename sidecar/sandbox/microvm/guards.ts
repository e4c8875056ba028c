import { lstatSync } from 'node:fs'
import { join } from 'node:path'
import { isInside, protectedPaths } from '../rules.ts'

/** A path in the workspace that is a mount of its own, so that it cannot be moved away; read-only where it decides what shells and git run. */
export interface Guard {
  path: string
  readOnly: boolean
}

/** What of a workspace is guarded. All of it is there; a link is left out, since nothing can be mounted over one. */
export function guardsOf(workspace: string): Guard[] {
  const readOnly = protectedPaths(workspace).map((path) => ({ path, readOnly: true }))
  const git = join(workspace, '.git')
  const held = readOnly.some(({ path }) => path !== git && isInside(path, git)) ? [{ path: git, readOnly: false }] : []
  return [...held, ...readOnly].filter(({ path }) => identity(path) !== undefined)
}

/** Keeps which guards hold: one whose file was replaced from outside holds no more. */
export class GuardBook {
  readonly #known = new Map<string, string>()

  /** @returns those that do not hold yet, which from now on count as held */
  take(guards: readonly Guard[]): Guard[] {
    const fresh = guards.filter(({ path }) => this.#known.get(path) !== identity(path))
    for (const { path } of fresh) this.#known.set(path, identity(path) ?? '')
    return fresh
  }
}

function identity(path: string): string | undefined {
  const found = lstatSync(path, { throwIfNoEntry: false, bigint: true })
  return found && !found.isSymbolicLink() ? `${found.dev}:${found.ino}` : undefined
}
