import { join, relative } from 'node:path'
import { OxbowError } from '../foundation/index.ts'
import { isInside } from './rules.ts'

/** A name that means the same in every tier and for every file tool, and the folder it stands for. */
export interface Root {
  name: '/workspace' | '/shared' | '/tmp'
  real: string
}

export interface RootPlaces {
  /** Canonical, as all of these. */
  workspace: string
  /** The box's own. */
  tmp: string
  /** Between agents; absent where a box has none. */
  shared?: string | undefined
}

/** The person's files. Nothing there can be read: a person copies what an agent may have. */
const VAULT = '/vault'

/**
 * The roots of a box. A name that really holds the workspace, or one of the other folders, keeps its real meaning: a
 * path must not lead to two places.
 */
export function virtualRoots({ workspace, tmp, shared }: RootPlaces): Root[] {
  const roots: Root[] = [
    { name: '/workspace', real: workspace },
    ...(shared === undefined ? [] : [{ name: '/shared' as const, real: shared }]),
    { name: '/tmp', real: tmp },
  ]
  return roots.filter(({ name }) => roots.every(({ real }) => !isInside(real, name)))
}

/**
 * The real folder behind a name in the root folder, if it is one of the roots.
 * @throws OxbowError `path.vault`
 */
export function rootNamed(name: string, roots: readonly Root[], { workspace }: RootPlaces): string | undefined {
  if (name === VAULT && !isInside(workspace, VAULT)) throw vaultClosed()
  return roots.find((root) => root.name === name)?.real
}

/**
 * A real path as tools name it: relative to the workspace (empty for itself), by the name of its root, else in full. The
 * name leads back to the path.
 */
export function shownPath(real: string, places: RootPlaces): string {
  if (isInside(real, places.workspace)) return relative(places.workspace, real)
  const root = virtualRoots(places).find((one) => isInside(real, one.real))
  return root === undefined ? real : join(root.name, relative(root.real, real))
}

function vaultClosed(): OxbowError {
  return new OxbowError(
    'FORBIDDEN',
    'path.vault',
    `${VAULT} holds the person's own files, which no agent reads.`,
    'Ask the person to copy what is needed into the workspace (oxbow vault copy).',
  )
}
