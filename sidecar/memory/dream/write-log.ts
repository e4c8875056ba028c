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
  #checking: Promise<void> | undefined
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
    if (!this.#on || this.#checking || this.#count < OFTEN) return
    this.#count = 0
    this.#checking = this.#checkpoint()
      .catch(() => this.#usual())
      .then(() => {
        this.#checking = undefined
      })
  }

  /** Settles when nothing of it is under way. @param done it is not to be stopped soon: what it wrote is brought into the file */
  async end(done: boolean): Promise<void> {
    await this.#checking
    if (this.#on && done) await this.#checkpoint().catch(() => undefined)
    this.#usual()
  }

  #usual(): void {
    this.#on = false
    if (this.#db.open) this.#db.pragma(`wal_autocheckpoint = ${USUAL_PAGES}`)
  }
}
