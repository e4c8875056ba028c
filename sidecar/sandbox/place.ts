import { mkdirSync, realpathSync } from 'node:fs'
import { mkdtemp, realpath, stat } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { OxbowError } from '../foundation/index.ts'
import { clearFolder } from './clear-folder.ts'
import { type Bounds, resolvePath } from './paths.ts'
import { unreadable } from './rules.ts'
import { Ward } from './ward.ts'
import { checkWorkspace, type Surroundings } from './workspace.ts'

export interface PlacesOptions {
  /** Oxbow's home, absolute. Nothing in it can be read but workspaces, the shared folder and a box's temp folder. */
  home: string
  /** Where the private temp folders of boxes are made. */
  tmpRoot: string
  /** The folder shared between agents; made when first needed. Absent: boxes have none. */
  shared?: string | undefined
  /** The person's files, where they are not in Oxbow's home. */
  vault?: string | undefined
  /** The person's home folder. */
  personHome?: string | undefined
}

/** The folders of one box on this computer, the same in every tier, and the names that lead to them. */
export interface Place {
  workspace: string
  tmp: string
  shared?: string | undefined
  readonly ward: Ward
  resolve(name: string, use: 'read' | 'write'): Promise<string>
  /** The real folder that a command begins in. @throws OxbowError `path.*`, `sandbox.replaced` */
  folder(cwd: string): Promise<string>
  /** Removes the temp folder. Never fails. */
  close(): Promise<void>
}

/** What all boxes of a tier have in common. */
export interface Places {
  readonly oxbowHome: string
  readonly personHome: string
  /** Where nothing may be read. */
  readonly unreadable: readonly string[]
  /** @returns the canonical path of a folder that may be a workspace. @throws OxbowError `sandbox.workspace` */
  check(workspace: string): Promise<string>
  /** @throws OxbowError `sandbox.workspace` */
  open(workspace: string, options?: { shared?: boolean }): Promise<Place>
}

/** Nothing is looked up before it is asked for: a start needs none of it. */
export function createPlaces(options: PlacesOptions): Places {
  let known: Surroundings | undefined
  const around = (): Surroundings => {
    known ??= surroundingsOf(options)
    return known
  }

  const check = (path: string): Promise<string> => checkWorkspace(path, around())
  const open = async (path: string, { shared: wanted = true }: { shared?: boolean } = {}): Promise<Place> => {
    const workspace = await check(path)
    const ward = new Ward(workspace)
    mkdirSync(options.tmpRoot, { recursive: true, mode: 0o700 })
    const tmp = await mkdtemp(join(await realpath(options.tmpRoot), 'box-'))
    const shared = wanted && options.shared !== undefined ? makeFolder(options.shared) : undefined
    const bounds: Bounds = { workspace, tmp, shared, unreadable: around().unreadable }
    const resolve: Place['resolve'] = async (name, use) => {
      ward.check()
      return resolvePath(name, use, bounds)
    }
    return {
      workspace,
      tmp,
      shared,
      ward,
      resolve,
      async folder(cwd) {
        const real = await resolve(cwd, 'read')
        if ((await stat(real)).isDirectory()) return real
        throw new OxbowError('BAD_REQUEST', 'path.invalid', `"${cwd}" is not a folder.`)
      },
      close: () => clearFolder(tmp),
    }
  }
  return {
    get oxbowHome() {
      return around().oxbowHome
    },
    get personHome() {
      return around().personHome
    },
    get unreadable() {
      return around().unreadable
    },
    check,
    open,
  }
}

function surroundingsOf({ home, personHome: named = homedir(), vault }: PlacesOptions): Surroundings {
  const personHome = canonical(named)
  const oxbowHome = canonical(home)
  const closed = [...unreadable(oxbowHome, personHome), ...(vault === undefined ? [] : [vault])]
  return { oxbowHome, personHome, unreadable: [...new Set(closed.map(canonical))] }
}

/** The folders as commands find them where their names mean nothing else. */
export const placeVariables = ({ workspace, shared }: Pick<Place, 'workspace' | 'shared'>): Record<string, string> => ({
  OXBOW_WORKSPACE: workspace,
  ...(shared !== undefined && { OXBOW_SHARED: shared }),
})

function makeFolder(path: string): string {
  mkdirSync(path, { recursive: true, mode: 0o700 })
  return realpathSync(path)
}

/** The real path of what is there, else the path itself. */
export function canonical(path: string): string {
  try {
    return realpathSync(path)
  } catch {
    return path
  }
}
