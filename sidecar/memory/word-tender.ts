import { setImmediate as breathe } from 'node:timers/promises'
import { atomically, type Db, type Log } from '../foundation/index.ts'
import { joinSegments } from './segments.ts'
import type { WordIndex } from './word-index.ts'

/** Memories whose words are indexed anew in one transaction. */
const SLICE = 50
/** Segments are joined when nothing more was read in for so long. */
const QUIET_MS = 2000

/** Keeps the full-text indexes in order in the background, a little at a time. */
export class WordTender {
  readonly #db: Db
  readonly #words: WordIndex
  readonly #log: Log
  #resuming: Promise<void> | undefined
  #joining: Promise<void> | undefined
  #soon: NodeJS.Timeout | undefined
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

  /** Joins segments when nothing more is read in. */
  joinSoon(): void {
    clearTimeout(this.#soon)
    if (this.#closed) return
    this.#soon = setTimeout(() => {
      this.#joining ??= this.#join().finally(() => {
        this.#joining = undefined
      })
    }, QUIET_MS).unref()
  }

  async close(): Promise<void> {
    this.#closed = true
    clearTimeout(this.#soon)
    await Promise.all([this.#resuming, this.#joining])
  }

  async #resume(): Promise<void> {
    for (; !this.#closed && atomically(this.#db, () => this.#words.resume(SLICE)); await breathe()) this.joinSoon()
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
