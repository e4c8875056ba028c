import { lstat, readlink, realpath, stat } from 'node:fs/promises'
import { basename, dirname, isAbsolute, join, resolve } from 'node:path'
import { OxbowError } from '../foundation/index.ts'
import { isInside, writeProtection } from './rules.ts'

const MOST_PATH_BYTES = 4096
const MOST_NAME_BYTES = 255
/** Links followed before a path counts as a circle. */
const MOST_LINKS = 40

/** What a path may lead to. All canonical. */
export interface Bounds {
  workspace: string
  tmp: string
  unreadable: readonly string[]
}

/**
 * The real path behind a name that a model gave. A hard link is taken as the file it is: a box cannot make one to a file
 * outside (the kernel refuses it across mounts), and writing replaces the name, never the shared content.
 * @throws OxbowError `path.outside`, `path.invalid`, `path.denied`, `path.protected`, `path.notFound`, `path.changed`
 */
export async function resolvePath(path: string, use: 'read' | 'write', bounds: Bounds): Promise<string> {
  checkSpelling(path)
  try {
    return await resolveChecked(path, use, bounds)
  } catch (error) {
    if (error instanceof OxbowError) throw error
    // What was there a moment ago is not any more.
    throw new OxbowError('CONFLICT', 'path.changed', `"${show(path)}" changed while it was looked at.`, 'Try again.', error)
  }
}

async function resolveChecked(path: string, use: 'read' | 'write', bounds: Bounds): Promise<string> {
  const { real, exists } = await follow(resolve(bounds.workspace, path), path)
  const inWorkspace = isInside(real, bounds.workspace)
  if (!inWorkspace && !(use === 'read' && isInside(real, bounds.tmp))) throw outside(path, bounds)
  const own = inWorkspace ? bounds.workspace : bounds.tmp
  if (bounds.unreadable.some((folder) => isInside(real, folder) && !isInside(own, folder))) {
    throw new OxbowError('FORBIDDEN', 'path.denied', `"${show(path)}" holds secrets and cannot be used.`)
  }
  if (use === 'write') {
    const why = writeProtection(bounds.workspace, real)
    if (why !== undefined) {
      throw new OxbowError(
        'FORBIDDEN',
        'path.protected',
        `"${show(path)}" cannot be written: it ${why}.`,
        'A person has to change it.',
      )
    }
  }
  if (!exists) {
    if (use === 'write') return real
    throw new OxbowError('NOT_FOUND', 'path.notFound', `There is no "${show(path)}".`, 'See what is there with ls or find.')
  }
  const found = await stat(real)
  if (!found.isFile() && !found.isDirectory()) {
    throw invalid(path, 'it is a device, pipe or socket')
  }
  return real
}

function checkSpelling(path: string): void {
  if (path === '') throw invalid(path, 'it is empty')
  if (path.includes('\0')) throw invalid(path, 'it holds a NUL character')
  if (!path.isWellFormed()) throw invalid(path, 'it is not valid Unicode')
  if (Buffer.byteLength(path) > MOST_PATH_BYTES) throw invalid(path, `it is longer than ${MOST_PATH_BYTES} bytes`)
  if (path.split('/').some((name) => Buffer.byteLength(name) > MOST_NAME_BYTES)) {
    throw invalid(path, `a name in it is longer than ${MOST_NAME_BYTES} bytes`)
  }
}

/** Follows every link; what is not there yet keeps its name below its deepest real ancestor. */
async function follow(start: string, named: string): Promise<{ real: string; exists: boolean }> {
  let at = start
  let missing: string[] = []
  for (let links = 0; links <= MOST_LINKS; ) {
    try {
      const real = await realpath(at)
      if (missing.length > 0 && !(await stat(real)).isDirectory()) throw invalid(named, 'a part of it is a file, not a folder')
      return { real: join(real, ...missing), exists: missing.length === 0 }
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException
      if (code !== 'ENOENT') throw error instanceof OxbowError ? error : unusable(named, code)
    }
    if ((await lstat(at).catch(() => undefined))?.isSymbolicLink()) {
      // A link to nothing: go on where it points to, so that one that leads out is seen to.
      const target = await readlink(at)
      at = isAbsolute(target) ? target : join(await realpath(dirname(at)), target)
      links += 1
    } else {
      missing = [basename(at), ...missing]
      at = dirname(at)
    }
  }
  throw invalid(named, 'its links lead in a circle')
}

function unusable(path: string, code: string | undefined): OxbowError {
  if (code === 'ELOOP') return invalid(path, 'its links lead in a circle')
  if (code === 'ENOTDIR') return invalid(path, 'a part of it is a file, not a folder')
  if (code === 'ENAMETOOLONG') return invalid(path, 'it is too long')
  return new OxbowError('FORBIDDEN', 'path.denied', `"${show(path)}" cannot be opened (${code}).`)
}

function outside(path: string, { workspace }: Bounds): OxbowError {
  const hint = `Use paths inside ${workspace}, best relative to it.`
  return new OxbowError('FORBIDDEN', 'path.outside', `"${show(path)}" lies outside the workspace.`, hint)
}

function invalid(path: string, why: string): OxbowError {
  return new OxbowError('BAD_REQUEST', 'path.invalid', `"${show(path)}" is no usable path: ${why}.`)
}

const show = (path: string): string => JSON.stringify(path.slice(0, 200).toWellFormed()).slice(1, -1)
