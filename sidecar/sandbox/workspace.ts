import { realpath, stat } from 'node:fs/promises'
import { isAbsolute, join } from 'node:path'
import { OxbowError } from '../foundation/index.ts'
import { isInside } from './rules.ts'

/** Never a workspace, nor any folder in them. */
const SYSTEM = [
  '/etc',
  '/usr',
  '/bin',
  '/sbin',
  '/lib',
  '/lib32',
  '/lib64',
  '/boot',
  '/dev',
  '/proc',
  '/sys',
  '/run',
  '/System',
  '/Library',
]
/** Never a workspace themselves; a folder in them may be one. */
const SHARED = [
  '/',
  '/home',
  '/Users',
  '/root',
  '/var',
  '/tmp',
  '/private',
  '/private/tmp',
  '/private/var',
  '/opt',
  '/srv',
  '/mnt',
  '/media',
]

export interface Surroundings {
  oxbowHome: string
  personHome: string
  /** Folders nothing may be read in. */
  unreadable: readonly string[]
}

/** @returns the canonical path of a folder an agent may work in. @throws OxbowError `sandbox.workspace` */
export async function checkWorkspace(path: string, { oxbowHome, personHome, unreadable }: Surroundings): Promise<string> {
  const refuse = (why: string): OxbowError =>
    new OxbowError(
      'BAD_REQUEST',
      'sandbox.workspace',
      `"${path.slice(0, 300)}" cannot be a workspace: ${why}.`,
      'Choose a project folder of its own.',
    )
  if (!isAbsolute(path) || path.includes('\0')) throw refuse('it is not an absolute path')
  const real = await realpath(path).catch((error: NodeJS.ErrnoException) => {
    throw refuse(error.code === 'ENOENT' ? 'it does not exist' : `it cannot be opened (${error.code})`)
  })
  if (!(await stat(real)).isDirectory()) throw refuse('it is not a folder')
  if (SHARED.includes(real)) throw refuse('it holds more than one project')
  if (SYSTEM.some((folder) => isInside(real, folder))) throw refuse('it belongs to the system')
  if (isInside(personHome, real)) throw refuse('it is or holds your home folder')
  const workspaces = join(oxbowHome, 'workspaces')
  if (isInside(oxbowHome, real)) throw refuse("it is or holds Oxbow's home")
  if (isInside(real, oxbowHome) && (real === workspaces || !isInside(real, workspaces)))
    throw refuse("it is a part of Oxbow's home")
  const secret = unreadable.find((folder) => folder !== oxbowHome && isInside(real, folder))
  if (secret !== undefined) throw refuse(`it lies in ${secret}, which holds secrets`)
  const held = unreadable.find((folder) => isInside(folder, real))
  if (held !== undefined) throw refuse(`it holds ${held}, where secrets are kept`)
  return real
}
