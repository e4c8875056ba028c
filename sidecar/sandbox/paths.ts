import { lstatSync, type Stats } from 'node:fs'
import { readlink, stat } from 'node:fs/promises'
import { dirname, isAbsolute, join, relative, resolve } from 'node:path'
import { OxbowError } from '../foundation/index.ts'
import { type RootPlaces, rootNamed, virtualRoots } from './roots.ts'
import { gitProtection, isInside, writeProtection } from './rules.ts'

const MOST_PATH_BYTES = 4096
const MOST_NAME_BYTES = 255
/** Links followed before a path counts as a circle. */
const MOST_LINKS = 40

/** What a path may lead to. All canonical. */
export interface Bounds extends RootPlaces {
  unreadable: readonly string[]
}

/** The folder of a box that holds a real path; undefined outside all of them. */
export function ownFolder(real: string, { workspace, shared, tmp }: RootPlaces): string | undefined {
  return [workspace, ...(shared === undefined ? [] : [shared]), tmp].find((folder) => isInside(real, folder))
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
  const { real, stats } = await follow(resolve(bounds.workspace, path), path, bounds)
  const own = ownFolder(real, bounds)
  if (own === undefined) throw outside(path, bounds)
  if (bounds.unreadable.some((folder) => isInside(real, folder) && !isInside(own, folder))) {
    throw new OxbowError('FORBIDDEN', 'path.denied', `"${show(path)}" holds secrets and cannot be used.`)
  }
  if (use === 'write') {
    const why = asSpelled(path, bounds) ?? (own === bounds.tmp ? undefined : asFound(own, real))
    if (why !== undefined) {
      throw new OxbowError(
        'FORBIDDEN',
        'path.protected',
        `"${show(path)}" cannot be written: it ${why}.`,
        'A person has to change it.',
      )
    }
  }
  if (!stats) {
    if (use === 'write') return real
    throw new OxbowError('NOT_FOUND', 'path.notFound', `There is no "${show(path)}".`, 'See what is there with ls or find.')
  }
  if (!stats.isFile() && !stats.isDirectory()) {
    throw invalid(path, 'it is a device, pipe or socket')
  }
  return real
}

/** Why a path must not be written by the name that was given: where `.git` is a link, its real place does not say so. */
function asSpelled(path: string, bounds: Bounds): string | undefined {
  const named = resolve(bounds.workspace, path)
  const roots = virtualRoots(bounds).filter(({ real }) => real !== bounds.tmp)
  const root = [bounds.workspace, ...roots.map(({ name }) => name)].find((folder) => isInside(named, folder))
  return root === undefined ? undefined : writeProtection(root, named)
}

/** Why a real path must not be written, by its names or since what it lies in is a folder of git's, whatever that is called. */
function asFound(own: string, real: string): string | undefined {
  const protection = writeProtection(own, real)
  if (protection !== undefined) return protection
  for (let folder = dirname(real); isInside(folder, own); folder = dirname(folder)) {
    const isGit = ['HEAD', 'objects', 'refs'].every((name) => lstatSync(join(folder, name), { throwIfNoEntry: false }))
    if (isGit) return gitProtection(relative(folder, real))
  }
  return undefined
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

/**
 * Follows every link, name by name, as the kernel does in a box: wherever a way passes through the root folder, the names
 * of the virtual roots lead to their folders. What is not there yet keeps its name below its deepest real ancestor.
 * @returns no stats where nothing is
 */
async function follow(start: string, named: string, bounds: Bounds): Promise<{ real: string; stats: Stats | undefined }> {
  const roots = virtualRoots(bounds)
  // The workspace's own path is canonical: only what lies below it has to be followed.
  let at = isInside(start, bounds.workspace) ? bounds.workspace : '/'
  let left = namesOf(start.slice(at.length))
  let stats: Stats | undefined
  for (let links = 0; ; ) {
    const name = left.shift()
    if (name === undefined) return { real: at, stats: stats ?? (await stat(at)) }
    stats = undefined
    if (name === '..') {
      at = dirname(at)
      continue
    }
    const root = at === '/' ? rootNamed(`/${name}`, roots, bounds) : undefined
    if (root !== undefined) left = [...namesOf(root), ...left]
    const next = root === undefined ? join(at, name) : join('/', left.shift()!)
    const found = look(next, named)
    if (found?.isSymbolicLink()) {
      links += 1
      if (links > MOST_LINKS) throw invalid(named, 'its links lead in a circle')
      const target = await readlink(next).catch((error: NodeJS.ErrnoException) => {
        throw error.code === 'EACCES' ? unusable(named, error.code) : error
      })
      if (isAbsolute(target)) at = '/'
      left = [...namesOf(target), ...left]
    } else if (found) {
      if (left.length > 0 && !found.isDirectory()) throw invalid(named, 'a part of it is a file, not a folder')
      at = next
      stats = found
    } else if (left.includes('..')) {
      // A way back out of what is not there: taken by its spelling, and looked at anew.
      links += 1
      if (links > MOST_LINKS) throw invalid(named, 'its links lead in a circle')
      left = namesOf(join(next, ...left))
      at = '/'
    } else return { real: join(next, ...left), stats: undefined }
  }
}

const namesOf = (path: string): string[] => path.split('/').filter((name) => name !== '' && name !== '.')

/**
 * What stands at a path whose folders are all real; undefined where there is nothing. Asked without a thread: the gate has
 * just looked there as well, so the system has it in memory, and the way to a thread takes longer than the answer.
 */
function look(path: string, named: string): Stats | undefined {
  try {
    return lstatSync(path, { throwIfNoEntry: false })
  } catch (error) {
    throw unusable(named, (error as NodeJS.ErrnoException).code)
  }
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
