import { setImmediate as breathe } from 'node:timers/promises'
import { atomically, type Db, type Log } from '../foundation/index.ts'
import { joinSegments } from './segments.ts'
import type { WordIndex } from './word-index.ts'

/** Memories whose words are indexed anew in one transaction. */
const SLICE = 50

/** Keeps the full-text indexes in order in the background, a little at a time. */
export class WordTender {
  readonly #db: Db
  readonly #words: WordIndex
  readonly #log: Log
  #resuming: Promise<void> | undefined
  #joining: Promise<void> | undefined
  #closed = false

  constructor(db: Db, words: WordIndex, log: Log) {
    this.#db = db
    this.#words = words
    this.#log = log
  }

  /** Settles when the words of everything saved are in the index. */
  get settled(): Promise<void> {
    return this.#resuming ?? Promise.resolve()
  }

  /** Goes on with making the index anew, where that was begun, now or before a crash. */
  resume(): Promise<void> {
    this.#resuming ??= this.#resume().finally(() => {
      this.#resuming = undefined
    })
    return this.#resuming
  }

  /** Joins segments of the index. */
  join(): Promise<void> {
    this.#joining ??= this.#join().finally(() => {
      this.#joining = undefined
    })
    return this.#joining
  }

  async close(): Promise<void> {
    this.#closed = true
    await Promise.all([this.#resuming, this.#joining])
  }

  async #resume(): Promise<void> {
    if (this.#words.whole) return
    while (!this.#closed && atomically(this.#db, () => this.#words.resume(SLICE))) await breathe()
    await this.join()
  }

  /** The next dream does what is left here. */
  async #join(): Promise<void> {
    try {
      while (!this.#closed && joinSegments(this.#db)) await breathe()
    } catch (error) {
      this.#log.warn({ err: error }, 'segments of the full-text index were not joined')
    }
  }
}
