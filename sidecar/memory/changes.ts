import { atomically, type Db } from '../foundation/index.ts'
import type { Change } from './store-options.ts'

/** Tells of changes to memories once they are committed: who is told reads with a connection of its own. */
export class Changes {
  readonly #db: Db
  readonly #tell: (change: Change) => void
  /** Those of a transaction that is still open. */
  #held: Change[] | undefined

  constructor(db: Db, tell: (change: Change) => void) {
    this.#db = db
    this.#tell = tell
  }

  note(change: Change): void {
    if (this.#held) this.#held.push(change)
    else this.#tell(change)
  }

  /** Runs `work` as one transaction; of one that fails nothing is told. */
  together<T>(work: () => T): T {
    const held: Change[] = []
    this.#held = held
    try {
      return atomically(this.#db, work)
    } catch (error) {
      held.length = 0
      throw error
    } finally {
      this.#held = undefined
      for (const change of held) this.#tell(change)
    }
  }
}
