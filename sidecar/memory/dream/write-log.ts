import type { Db } from '../../foundation/index.ts'

/** Transactions after which the log of writes is written into the file. */
const OFTEN = 25
/** SQLite's own pages of the log after which whoever writes does it. */
const USUAL_PAGES = 1000

/**
 * While a dream writes much, another thread empties the log of writes: whoever does it waits for the disk, and the sidecar must not.
 * Where that thread fails, the sidecar's connection does it again as ever.
 */
export class WriteLog {
  readonly #db: Db
  readonly #checkpoint: () => Promise<unknown>
  #count = 0
  #asked = false
  #on = false

  constructor(db: Db, checkpoint: () => Promise<unknown>) {
    this.#db = db
    this.#checkpoint = checkpoint
  }

  begin(): void {
    this.#on = true
    this.#db.pragma('wal_autocheckpoint = 0')
  }

  /** One transaction more. */
  wrote(): void {
    this.#count++
    if (!this.#on || this.#asked || this.#count < OFTEN) return
    this.#count = 0
    this.#asked = true
    void this.#checkpoint()
      .catch(() => {
        this.#on = false
        this.end()
      })
      .finally(() => {
        this.#asked = false
      })
  }

  end(): void {
    if (this.#on) void this.#checkpoint().catch(() => undefined)
    this.#on = false
    if (this.#db.open) this.#db.pragma(`wal_autocheckpoint = ${USUAL_PAGES}`)
  }
}
