import { randomBytes } from 'node:crypto'
import { constants, type Stats } from 'node:fs'
import { lstat, mkdir, open, readdir, realpath, rename, rm } from 'node:fs/promises'
import { dirname, join, relative, sep } from 'node:path'
import { OxbowError } from '../../foundation/index.ts'

/** Files looked at in one folder of notes. */
const MOST_FILES = 20_000
const MOST_DEPTH = 12
/** A note that is larger is no note. */
export const MOST_NOTE_BYTES = 2 * 1024 * 1024

export interface FoundFile {
  /** Relative, with `/`. */
  path: string
  size: number
  modified: number
}

/** The person's folder of notes. Nothing in it leads out of it: links to elsewhere are not followed, by any name. */
export class NotesFolder {
  readonly #root: () => string

  constructor(root: () => string) {
    this.#root = root
  }

  get root(): string {
    return this.#root()
  }

  /** All files in it, but for hidden ones and links; sorted. */
  async files(): Promise<FoundFile[]> {
    const found: FoundFile[] = []
    const walk = async (folder: string, depth: number): Promise<void> => {
      const entries = await readdir(folder, { withFileTypes: true }).catch((error: NodeJS.ErrnoException) => {
        if (error.code === 'ENOENT' || error.code === 'EACCES') return []
        throw error
      })
      for (const entry of entries) {
        if (entry.name.startsWith('.') || found.length >= MOST_FILES) continue
        const path = join(folder, entry.name)
        if (entry.isDirectory() && depth < MOST_DEPTH) await walk(path, depth + 1)
        if (!entry.isFile()) continue
        const is = await lstat(path).catch(() => undefined)
        if (is?.isFile())
          found.push({ path: relative(this.root, path).split(sep).join('/'), size: is.size, modified: Math.floor(is.mtimeMs) })
      }
    }
    await walk(this.root, 0)
    return found.sort((a, b) => (a.path < b.path ? -1 : 1))
  }

  /** @throws OxbowError `knowledge.path`, `knowledge.notFound`, `knowledge.tooLarge` */
  async read(path: string): Promise<{ text: string; size: number; modified: number }> {
    const place = await this.#place(path, false)
    const file = await open(place, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0)).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') throw notFound(path)
      throw error.code === 'ELOOP' ? outside(path) : error
    })
    try {
      const is: Stats = await file.stat()
      if (!is.isFile()) throw notFound(path)
      if (is.size > MOST_NOTE_BYTES)
        throw new OxbowError('BAD_REQUEST', 'knowledge.tooLarge', `${path} is larger than 2 MB`, 'Part it into several notes.')
      return { text: await file.readFile('utf8'), size: is.size, modified: Math.floor(is.mtimeMs) }
    } finally {
      await file.close()
    }
  }

  /** Writes a file whole or not at all. @throws OxbowError `knowledge.path` */
  async write(path: string, content: string | Uint8Array): Promise<void> {
    const place = await this.#place(path, true)
    const fresh = join(dirname(place), `.oxbow-${randomBytes(6).toString('hex')}`)
    try {
      const file = await open(fresh, 'wx', 0o600)
      try {
        await file.writeFile(content)
        await file.sync()
      } finally {
        await file.close()
      }
      await rename(fresh, place)
    } catch (error) {
      await rm(fresh, { force: true })
      throw error
    }
  }

  /** Whether something of that name is there. @throws OxbowError `knowledge.path` */
  async has(path: string): Promise<boolean> {
    return (await lstat(await this.#place(path, false)).catch(() => undefined)) !== undefined
  }

  /** Where a relative path leads. @throws OxbowError `knowledge.path` where that is not within the folder */
  async #place(path: string, make: boolean): Promise<string> {
    const names = path.split('/')
    const bad = names.some((name) => name === '' || name.startsWith('.') || name.length > 200)
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
    if (bad || names.length > MOST_DEPTH || /[\\\u0000-\u001f:]/.test(path)) throw outside(path)
    if (make) await mkdir(this.root, { recursive: true, mode: 0o700 })
    const root = await realpath(this.root).catch(() => this.root)
    let place = root
    for (const [at, name] of names.entries()) {
      place = join(place, name)
      const last = at === names.length - 1
      let is = await lstat(place).catch(() => undefined)
      if (!is && !last && make) {
        await mkdir(place, { mode: 0o700 })
        is = await lstat(place)
      }
      // A link leads wherever its maker likes, also later.
      if (is?.isSymbolicLink() || (is && !last && !is.isDirectory())) throw outside(path)
    }
    return place
  }
}

export const notFound = (path: string): OxbowError =>
  new OxbowError('NOT_FOUND', 'knowledge.notFound', `there is no note ${path}`, 'List or search for the names of notes.')

const outside = (path: string): OxbowError =>
  new OxbowError(
    'BAD_REQUEST',
    'knowledge.path',
    `"${path}" is no place in the folder of notes`,
    'Name it as the list does, for example "projects/garden.md"; links and hidden files are left alone.',
  )
