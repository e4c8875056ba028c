import { randomUUID } from 'node:crypto'
import { mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { mkdir, open, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { MEDIA_LIMITS } from '../contract/index.ts'
import { OxbowError } from '../foundation/index.ts'

const HASH = /^[0-9a-f]{64}$/

/**
 * The folder of stored files: `ab/<hash>`, and what was made of one beside it as `ab/<hash>.<what>`. What is on its way
 * in lies in `new/`.
 */
export class MediaFiles {
  readonly #root: string
  readonly #new: string

  constructor(root: string) {
    this.#root = root
    this.#new = join(root, 'new')
  }

  /** @param derived `text`, `image-2000`; the file itself where absent */
  path(hash: string, derived?: string): string {
    if (!HASH.test(hash)) throw new TypeError('no hash')
    return join(this.#root, hash.slice(0, 2), derived === undefined ? hash : `${hash}.${derived}`)
  }

  /** A fresh path for something that will be moved into its place. */
  async fresh(): Promise<string> {
    await mkdir(this.#new, { recursive: true, mode: 0o700 })
    return join(this.#new, randomUUID())
  }

  /** Writes a stream to the disk. @throws OxbowError `media.tooLarge`, `media.empty`; nothing is left then */
  async receive(stream: ReadableStream<Uint8Array>): Promise<{ path: string; size: number }> {
    const path = await this.fresh()
    let size = 0
    try {
      const file = await open(path, 'wx', 0o600)
      try {
        for await (const chunk of stream) {
          size += chunk.byteLength
          if (size > MEDIA_LIMITS.fileBytes) throw tooLarge()
          await file.writeFile(chunk)
        }
        if (size === 0) throw new OxbowError('BAD_REQUEST', 'media.empty', 'this file is empty', 'Leave it out.')
        await file.sync()
      } finally {
        await file.close()
      }
      return { path, size }
    } catch (error) {
      await rm(path, { force: true })
      throw error
    }
  }

  /** Moves a file into its place, at once and whole. */
  settle(path: string, hash: string, derived?: string): void {
    mkdirSync(join(this.#root, hash.slice(0, 2)), { recursive: true, mode: 0o700 })
    renameSync(path, this.path(hash, derived))
  }

  /** Makes the names in a file's folder survive a loss of power. */
  async sync(hash: string): Promise<void> {
    const folder = await open(join(this.#root, hash.slice(0, 2)))
    try {
      await folder.sync()
    } finally {
      await folder.close()
    }
  }

  /** Removes a file and all that was made of it. */
  remove(hash: string): void {
    const folder = join(this.#root, hash.slice(0, 2))
    let names: string[]
    try {
      names = readdirSync(folder)
    } catch {
      return
    }
    for (const name of names) if (name.startsWith(hash)) rmSync(join(folder, name), { force: true })
  }

  /** Forgets what never came in whole. Only where nothing is on its way in. */
  async clearNew(): Promise<void> {
    await rm(this.#new, { recursive: true, force: true })
  }

  /** Every stored hash, a folder at a time. */
  async *stored(): AsyncGenerator<string> {
    for (const folder of await readdir(this.#root).catch(() => [])) {
      if (!/^[0-9a-f]{2}$/.test(folder)) continue
      const names = await readdir(join(this.#root, folder)).catch(() => [])
      yield* new Set(names.map((name) => name.slice(0, 64)).filter((name) => HASH.test(name)))
    }
  }
}

export const tooLarge = (): OxbowError =>
  new OxbowError(
    'BAD_REQUEST',
    'media.tooLarge',
    `this file is larger than ${MEDIA_LIMITS.fileBytes / 1024 / 1024} MB`,
    'Make it smaller, or put it in the workspace and name it instead.',
  )
