import { existsSync, type FSWatcher, watch } from 'node:fs'

/** Nobody asked for notes for so long: the folder is watched no more. */
const IDLE_MS = 5 * 60_000
const DEBOUNCE_MS = 500

/** Watches the folder while somebody uses it. Whoever comes after that looks for changes first. */
export class FolderWatch {
  readonly #root: () => string
  readonly #changed: () => void
  #watcher: FSWatcher | undefined
  #watched: string | undefined
  #idle: NodeJS.Timeout | undefined
  #soon: NodeJS.Timeout | undefined

  /** @param changed called once for changes that come together */
  constructor(root: () => string, changed: () => void) {
    this.#root = root
    this.#changed = changed
  }

  /** Goes on watching. @returns whether all changes since the last time were told */
  use(): boolean {
    const root = this.#root()
    const same = this.#watcher !== undefined && this.#watched === root
    clearTimeout(this.#idle)
    this.#idle = setTimeout(() => this.close(), IDLE_MS).unref()
    if (!same) this.#open(root)
    return same
  }

  close(): void {
    clearTimeout(this.#idle)
    clearTimeout(this.#soon)
    this.#watcher?.close()
    this.#watcher = undefined
  }

  #open(root: string): void {
    this.#watcher?.close()
    this.#watcher = undefined
    if (!existsSync(root)) return
    try {
      const watcher = watch(root, { recursive: true, persistent: false })
      this.#watcher = watcher
      this.#watched = root
      watcher.on('change', () => {
        clearTimeout(this.#soon)
        this.#soon = setTimeout(this.#changed, DEBOUNCE_MS).unref()
      })
      // Too many folders for the system, or the folder is gone: each use looks for changes then.
      watcher.on('error', () => this.close())
    } catch {
      this.#watcher = undefined
    }
  }
}
