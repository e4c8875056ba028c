import type { Memory } from '../../contract/index.ts'
import type { Clock, Db } from '../../foundation/index.ts'

/** What fades, fades in hours. */
const KEPT_MS = 60_000

type Reach = { space: string; agent: string }

/** Which memories are hot: known until anything is written, or for a minute. Finding out takes milliseconds, and each search asks. */
export class KnownHot {
  readonly #changes: { get(): number | undefined }
  readonly #clock: Clock
  readonly #find: (reach: Reach) => readonly Memory[]
  readonly #known = new Map<string, ReadonlySet<string>>()
  #at = { changes: -1, ms: 0 }

  /** @param db the connection through which all is written */
  constructor(db: Db, clock: Clock, find: (reach: Reach) => readonly Memory[]) {
    this.#changes = db.prepare<[], number>('SELECT total_changes()').pluck()
    this.#clock = clock
    this.#find = find
  }

  ids(reach: Reach): ReadonlySet<string> {
    const changes = this.#changes.get()!
    const ms = Date.parse(this.#clock.iso())
    if (changes !== this.#at.changes || Math.abs(ms - this.#at.ms) > KEPT_MS) {
      this.#known.clear()
      this.#at = { changes, ms }
    }
    const name = JSON.stringify([reach.space, reach.agent])
    const ids = this.#known.get(name) ?? new Set(this.#find(reach).map(({ id }) => id))
    this.#known.set(name, ids)
    return ids
  }
}
