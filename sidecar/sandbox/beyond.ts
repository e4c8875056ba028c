import { constants } from 'node:fs'
import { lstat, open, realpath, rm, stat } from 'node:fs/promises'
import { basename, dirname, join, relative, resolve } from 'node:path'
import type { Widening } from '../contract/index.ts'
import { OxbowError } from '../foundation/index.ts'
import { isInside, isRunLater, unreadable } from './rules.ts'
import type { Box, BoxCommand, Exit } from './sandbox.ts'

/** Finds files outside of a workspace that a person may be asked about; what holds secrets is none of them. */
export interface Beyond {
  /** The real path of such a file; undefined where nobody is to be asked. One to be written may be missing, its folder not. */
  find(path: string, workspace: string, use: Widening['use']): Promise<string | undefined>
  /** Whether a real path belongs to the system of this computer, which a container or a machine has of its own. */
  ofSystem(path: string): Promise<boolean>
}

const KERNEL = ['/proc', '/sys', '/dev']
/** What belongs to the system, and what it runs: nobody is asked to have it written. */
const SYSTEM = [
  ...['/etc', '/usr', '/bin', '/sbin', '/lib', '/lib32', '/lib64', '/boot', '/opt', '/run', '/nix', '/snap'],
  ...['/var/lib', '/var/spool', '/var/run', '/var/log', '/var/cache'],
  ...['/System', '/Library', '/Applications', '/private/etc', '/private/var/db'],
]
const ANY_EXECUTE = 0o111

export function createBeyond(oxbowHome: string, personHome: string): Beyond {
  const closed = [...unreadable(oxbowHome, personHome), ...KERNEL]

  const isClosed = async (real: string, folders: readonly string[]): Promise<boolean> => {
    const places = await Promise.all(folders.map((folder) => realpath(folder).catch(() => folder)))
    return [...folders, ...places].some((folder) => isInside(real, folder))
  }

  /** What programs obey or run when nobody looks, or that belongs to the system, stays as it is. */
  const isFixed = async (real: string): Promise<boolean> => {
    const home = await realpath(personHome).catch(() => personHome)
    const inHome = isInside(real, home) ? relative(home, real) : undefined
    if (inHome?.startsWith('.') || inHome?.split('/')[0] === 'Library') return true
    return isRunLater(real) || (inHome === undefined && (await isClosed(real, SYSTEM)))
  }

  return {
    ofSystem: async (path) => dirname(path) === '/' || isClosed(path, SYSTEM),
    async find(path, workspace, use) {
      try {
        const named = resolve(workspace, path)
        const real = await realpath(named).catch((error: NodeJS.ErrnoException) => {
          if (use === 'read' || error.code !== 'ENOENT') throw error
          return missingIn(named)
        })
        if (isInside(real, workspace) || (await isClosed(real, closed))) return undefined
        if (use === 'write' && (await isFixed(real))) return undefined
        const stats = await stat(real).catch(() => undefined)
        if (stats) return stats.isFile() && !(use === 'write' && (stats.mode & ANY_EXECUTE) !== 0) ? real : undefined
        return use === 'write' && (await stat(dirname(real))).isDirectory() ? real : undefined
      } catch {
        return undefined
      }
    },
  }
}

/** A file that is not there, in a folder that is. A link to nothing is no such file: it leads elsewhere. */
async function missingIn(named: string): Promise<string> {
  const real = join(await realpath(dirname(named)), basename(named))
  if (await lstat(real).catch(() => undefined)) throw new Error('something else stands there')
  return real
}

/** A box through which one more file can be used: the one that a person allowed, as long as its name leads there. */
export function widened(box: Box, { path: allowed, use: most }: Widening, beyond: Beyond): Box {
  const wider = Object.create(box) as { -readonly [K in keyof Box]: Box[K] }
  wider.resolve = async (path, use) => {
    try {
      return await box.resolve(path, use)
    } catch (error) {
      const outside = error instanceof OxbowError && error.code === 'path.outside' && (use === 'read' || most === 'write')
      if (!outside || (await beyond.find(path, box.workspace, most)) !== allowed) throw error
      if (use === 'read' && !(await lstat(allowed).catch(() => undefined)))
        throw new OxbowError('NOT_FOUND', 'path.notFound', `There is no "${allowed}".`)
      return allowed
    }
  }
  wider.run = (command) => runWider(box, command, { path: allowed, use: most }, beyond)
  return wider
}

/** Runs a command that finds the file at its place. One that is missing is made for it, and taken away if it stays empty. */
async function runWider(box: Box, command: BoxCommand, widen: Widening, beyond: Beyond): Promise<Exit> {
  const { path, use } = widen
  if ((await beyond.find(path, box.workspace, use)) !== path)
    throw new OxbowError('CONFLICT', 'path.changed', `"${path}" is not what it was when it was asked for.`, 'Ask again.')
  const made = use === 'write' && (await makeEmpty(path))
  try {
    return await box.run({ ...command, widen })
  } finally {
    if (made && (await stat(path).catch(() => undefined))?.size === 0) await rm(path, { force: true })
  }
}

/** @returns whether it was missing */
async function makeEmpty(path: string): Promise<boolean> {
  const { O_CREAT, O_EXCL, O_NOFOLLOW, O_WRONLY } = constants
  try {
    await (await open(path, O_CREAT | O_EXCL | O_WRONLY | O_NOFOLLOW, 0o666)).close()
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw new OxbowError('FORBIDDEN', 'path.denied', `"${path}" cannot be made.`, undefined, error)
  }
}
