import { constants, type Dirent } from 'node:fs'
import { mkdir, open, readdir, realpath, stat } from 'node:fs/promises'
import { basename, join, relative, resolve } from 'node:path'
import type { VaultEntry } from '../contract/index.ts'
import { OxbowError } from '../foundation/index.ts'
import { readOpened, replaceFile } from './files.ts'
import type { Place } from './place.ts'
import { isInside } from './rules.ts'

const MOST_ENTRIES = 2000
const MOST_FILES = 2000
const MOST_FILE_BYTES = 100 << 20
const MOST_BYTES = 500 << 20
const MOST_DEPTH = 40

export interface VaultCopy {
  /** In the vault. */
  from: string
  /** As a file tool names it; undefined: the name it has, in the workspace. */
  to?: string | undefined
  overwrite: boolean
}

/** The person's own files. No box sees them: what an agent shall have, the person copies out. */
export class Vault {
  readonly #folder: string

  constructor(folder: string) {
    this.#folder = folder
  }

  /** @throws OxbowError `vault.*` */
  async list(path: string): Promise<{ root: string; path: string; entries: VaultEntry[] }> {
    const { root, real } = await this.#find(path)
    const found = await readdir(real, { withFileTypes: true }).catch((error: unknown) => {
      throw unusable(path, 'it is not a folder, or cannot be read', error)
    })
    const shown = found
      .filter((entry) => entry.isFile() || entry.isDirectory())
      .sort((a, b) => Number(b.isDirectory()) - Number(a.isDirectory()) || (a.name < b.name ? -1 : 1))
      .slice(0, MOST_ENTRIES)
    const entries = await Promise.all(shown.map((entry) => describe(real, entry)))
    return { root: this.#folder, path: relative(root, real), entries }
  }

  /**
   * Copies a file, or a folder with all in it but links. Nothing that stands there is replaced unless asked for, and nothing is
   * copied where a part of it would be too much.
   * @throws OxbowError `vault.*`, `path.*`
   */
  async copy(place: Pick<Place, 'workspace' | 'tmp' | 'shared' | 'resolve'>, { from, to, overwrite }: VaultCopy) {
    const { root, real } = await this.#find(from)
    if (real === root) throw unusable(from, 'it is the whole vault', undefined, 'Name a file or folder in it.')
    const target = to === undefined ? basename(real) : to.endsWith('/') ? `${to}${basename(real)}` : to
    const files = await filesOf(real, from)
    const bytes = files.reduce((sum, file) => sum + file.bytes, 0)
    if (bytes > MOST_BYTES) throw tooMuch(from, `${MOST_BYTES >> 20} MB`)
    const targets = files.map(({ name }) => (name === '' ? target : join(target, name)))
    if (!overwrite) await Promise.all(targets.map((path) => mustBeFree(place, path)))
    for (const [at, file] of files.entries()) await replaceFile(place, targets[at]!, await readWhole(join(real, file.name), from))
    const whole = await place.resolve(target, 'read')
    return { to: whole, folder: files[0]?.name !== '', files: files.length, bytes }
  }

  async #find(path: string): Promise<{ root: string; real: string }> {
    await mkdir(this.#folder, { recursive: true, mode: 0o700 }).catch((error: unknown) => {
      throw unusable(this.#folder, 'the vault is not there and cannot be made', error, 'See the setting sandbox.vault.')
    })
    const root = await realpath(this.#folder)
    const named = path.replace(/^\/vault(?=\/|$)/, '.')
    if (path.includes('\0')) throw unusable(path, 'it holds a NUL character')
    const real = await realpath(resolve(root, named.replace(/^\.\//, '') || '.')).catch((error: unknown) => {
      throw new OxbowError(
        'NOT_FOUND',
        'vault.notFound',
        `There is no "${show(path)}" in the vault.`,
        'See `oxbow vault list`.',
        error,
      )
    })
    if (!isInside(real, root)) throw unusable(path, 'it leads out of the vault')
    return { root, real }
  }
}

async function describe(folder: string, entry: Dirent): Promise<VaultEntry> {
  if (entry.isDirectory()) return { name: entry.name, kind: 'folder', bytes: 0 }
  const found = await stat(join(folder, entry.name)).catch(() => undefined)
  return { name: entry.name, kind: 'file', bytes: found?.size ?? 0 }
}

interface Found {
  /** Relative to what is copied; empty for a file itself. */
  name: string
  bytes: number
}

async function filesOf(real: string, named: string): Promise<Found[]> {
  const whole = await stat(real)
  if (whole.isFile()) return [checked({ name: '', bytes: whole.size }, named)]
  if (!whole.isDirectory()) throw unusable(named, 'it is a device, pipe or socket')
  const found: Found[] = []
  const left: { path: string; depth: number }[] = [{ path: '', depth: 0 }]
  for (let at = left.pop(); at !== undefined; at = left.pop()) {
    for (const entry of await readdir(join(real, at.path), { withFileTypes: true })) {
      const name = join(at.path, entry.name)
      if (entry.isDirectory() && at.depth < MOST_DEPTH) left.push({ path: name, depth: at.depth + 1 })
      if (entry.isFile()) found.push(checked({ name, bytes: (await stat(join(real, name))).size }, named))
      if (found.length > MOST_FILES) throw tooMuch(named, `${MOST_FILES} files`)
    }
  }
  return found
}

function checked(file: Found, named: string): Found {
  if (file.bytes > MOST_FILE_BYTES) throw tooMuch(`${named}${file.name && `/${file.name}`}`, `${MOST_FILE_BYTES >> 20} MB`)
  return file
}

async function readWhole(path: string, named: string): Promise<Buffer> {
  const handle = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK).catch((error: unknown) => {
    throw unusable(named, 'a part of it cannot be read', error)
  })
  try {
    const stats = await handle.stat()
    if (stats.size > MOST_FILE_BYTES) throw tooMuch(named, `${MOST_FILE_BYTES >> 20} MB`)
    return await readOpened({ handle, stats })
  } finally {
    await handle.close()
  }
}

async function mustBeFree(place: Pick<Place, 'resolve'>, path: string): Promise<void> {
  const real = await place.resolve(path, 'write')
  if (!(await stat(real).catch(() => undefined))) return
  throw new OxbowError(
    'CONFLICT',
    'vault.exists',
    `"${show(path)}" is there already.`,
    'Name another place, or replace it (--overwrite).',
  )
}

const unusable = (path: string, why: string, cause?: unknown, hint?: string): OxbowError =>
  new OxbowError('BAD_REQUEST', 'vault.invalid', `"${show(path)}" cannot be used: ${why}.`, hint, cause)
const tooMuch = (path: string, most: string): OxbowError =>
  new OxbowError('BAD_REQUEST', 'vault.tooMuch', `"${show(path)}" is more than ${most}.`, 'Copy parts of it.')
const show = (path: string): string => path.slice(0, 300).toWellFormed()
