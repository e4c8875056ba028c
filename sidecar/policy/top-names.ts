import { lstatSync, readdirSync } from 'node:fs'

/** Folders whose names are kept, and names of one. */
const MOST_FOLDERS = 16
const MOST_NAMES = 5_000
/** A change so soon after another may bear the same time, in milliseconds: what was read then is not kept. */
const SETTLED_MS = 50
/** So long nobody looks whether a folder has changed, in milliseconds: it is asked for each word of a command. */
const FRESH_MS = 2

interface Known {
  changed: bigint
  names: ReadonlySet<string> | undefined
  lookedAt: number
}

/** The names in folders, read again when those change. */
export class TopNames {
  readonly #known = new Map<string, Known>()

  /** @returns undefined where there are too many, or it cannot be read */
  of(folder: string): ReadonlySet<string> | undefined {
    const known = this.#known.get(folder)
    const now = performance.now()
    if (known && now - known.lookedAt < FRESH_MS) return known.names
    try {
      const { ctimeNs: changed } = lstatSync(folder, { bigint: true })
      if (known?.changed !== changed) return this.#read(folder, changed, now)
      known.lookedAt = now
      return known.names
    } catch {
      this.#known.delete(folder)
      return undefined
    }
  }

  #read(folder: string, changed: bigint, lookedAt: number): ReadonlySet<string> | undefined {
    const all = readdirSync(folder)
    const names = all.length > MOST_NAMES ? undefined : new Set(all)
    this.#known.delete(folder)
    if (this.#known.size >= MOST_FOLDERS) this.#known.clear()
    if (Date.now() - Number(changed / 1_000_000n) > SETTLED_MS) this.#known.set(folder, { changed, lookedAt, names })
    return names
  }
}
