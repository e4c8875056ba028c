import { type Dirent, readdirSync, type Stats } from 'node:fs'

/** A folder of that size, in bytes, has few names: to read it at once takes a tenth of what it takes to wait for it. */
const SMALL = 8192
/** Folders whose names are kept. */
const MOST_FOLDERS = 256
/** A change so soon after another may bear the same time, in milliseconds: what was read then is not kept. */
const SETTLED_MS = 50

export type Entries = ReadonlyMap<string, Dirent>

/** What is in small folders, read again when they changed. */
export class SmallFolders {
  readonly #known = new Map<string, { changedMs: number; entries: Entries }>()

  /** @param now what the folder is like. @returns by name; undefined where that may be much. @throws where it cannot be read */
  of(folder: string, { size, ctimeMs }: Stats): Entries | undefined {
    if (size > SMALL) return undefined
    const known = this.#known.get(folder)
    if (known?.changedMs === ctimeMs) return known.entries
    const entries = new Map(readdirSync(folder, { withFileTypes: true }).map((entry) => [entry.name, entry]))
    if (this.#known.size >= MOST_FOLDERS) this.#known.clear()
    if (Date.now() - ctimeMs > SETTLED_MS) this.#known.set(folder, { changedMs: ctimeMs, entries })
    else this.#known.delete(folder)
    return entries
  }
}
