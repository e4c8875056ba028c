import { setImmediate as breathe } from 'node:timers/promises'
import type {
  ForgetMemory,
  ListMemory,
  Memory,
  MemoryId,
  MemoryResult,
  MemoryStats,
  MemoryType,
  SaveMemory,
  SearchMemory,
  UpdateMemory,
} from '../contract/index.ts'
import { atomically, type Clock, type Db, type Ids, type Log } from '../foundation/index.ts'
import { exportLines } from './export.ts'
import { importLines } from './import.ts'
import { IndexClient } from './index-client.ts'
import { Scratchpad } from './scratchpad.ts'
import { Shelves } from './shelf.ts'
import { MemoryStore } from './store.ts'
import type { Legs } from './thread/protocol.ts'
import { WordIndex } from './word-index.ts'

/** Rows indexed anew in one transaction. */
const SLICE = 50

export interface MemoryOptions {
  db: Db
  /** The file of `db`, which the index thread reads with a connection of its own. */
  database: string
  /** Folder of the embedding model; default: the shipped one. */
  model?: string
  clock: Clock
  ids: Ids
  log: Log
  /** A thread without work ends after this long, in milliseconds. */
  idleMs?: number
}

/** All that is remembered: kept, found, told and forgotten. */
export class MemoryRoom {
  readonly scratchpad: Scratchpad
  readonly #options: MemoryOptions
  readonly #store: MemoryStore
  readonly #words: WordIndex
  readonly #index: IndexClient
  #resuming: Promise<void> | undefined
  #closed = false

  constructor(options: MemoryOptions) {
    const { db, clock, ids, log, database, model, idleMs } = options
    // Forgetting means that the bytes go, too: freed pages are overwritten.
    db.pragma('secure_delete = ON')
    this.#options = options
    this.scratchpad = new Scratchpad(db, clock)
    this.#words = new WordIndex(db)
    this.#index = new IndexClient({ db, log, database, model, idleMs })
    this.#store = new MemoryStore({
      db,
      clock,
      ids,
      shelves: new Shelves(db),
      words: this.#words,
      onChange: ({ added, removed }) => {
        this.#index.remove(removed)
        this.#index.add(added)
      },
    })
    void this.#resume()
  }

  /** Whether the index thread is there. */
  get running(): boolean {
    return this.#index.running
  }

  /** Best first. @param legs one leg alone, to measure it */
  search(request: SearchMemory, legs?: Legs): Promise<MemoryResult[]> {
    return this.#index.ask('search', { request, now: this.#options.clock.iso(), legs })
  }

  save(input: SaveMemory): Memory {
    return this.#store.save(input)
  }

  get(id: MemoryId): Memory {
    return this.#store.get(id)
  }

  history(id: MemoryId): Memory[] {
    return this.#store.history(id)
  }

  update(input: UpdateMemory & { taint?: readonly string[] }): Memory {
    return this.#store.update(input)
  }

  list(input: ListMemory): { memories: Memory[]; next?: string } {
    return this.#store.list(input)
  }

  /** Counts that these were of use. */
  used(ids: readonly MemoryId[]): void {
    this.#store.used(ids)
  }

  forget(input: ForgetMemory): Promise<number> {
    return this.#store.forget(input)
  }

  /** Settles when what was read can be found, also by meaning. */
  async import(input: {
    jsonl: string
    space?: string | undefined
    firstLine: number
  }): Promise<{ saved: number; replaced: number }> {
    const counts = await importLines(this.#store, this.#options.clock, input)
    await this.settled()
    return counts
  }

  export(input: { space?: string | undefined; limit: number; after?: string | undefined }): { jsonl: string; next?: string } {
    return exportLines(this.#options.db, input)
  }

  async stats(): Promise<MemoryStats> {
    const { db } = this.#options
    const spaces = db
      .prepare<[], { space: string; past: number; memories: number }>(
        `SELECT s.space, s.past, sum((SELECT count(*) FROM memories WHERE shelf = s.number)) AS memories
         FROM memory_shelves s GROUP BY s.space, s.past ORDER BY s.space`,
      )
      .all()
    const types = db
      .prepare<[], { type: MemoryType; memories: number }>(
        'SELECT type, count(*) AS memories FROM memories WHERE lineage = id GROUP BY type ORDER BY memories DESC, type',
      )
      .all()
    const count = (past: number): number =>
      spaces.filter((row) => row.past === past).reduce((sum, { memories }) => sum + memories, 0)
    return {
      memories: count(0),
      past: count(1),
      spaces: spaces.flatMap(({ space, past, memories }) => (past === 0 && memories > 0 ? { space, memories } : [])),
      types,
      ...(await this.#index.ask('state', {})),
    }
  }

  /** Makes both indexes anew, in the background. @returns how many memories that concerns */
  reindex(): number {
    const { db } = this.#options
    const rows = db.prepare<[], { n: number }>('SELECT n FROM memories ORDER BY n').all()
    atomically(db, () => this.#words.restart())
    void this.#resume()
    this.#index.add(rows.map(({ n }) => n))
    return rows.length
  }

  /** Settles when everything saved so far is in both indexes. */
  async settled(): Promise<void> {
    await this.#resuming
    await this.#index.ask('settle', {})
  }

  async close(): Promise<void> {
    this.#closed = true
    await this.#resuming
    await this.#index.close()
  }

  /** Goes on with making the word index anew, where that was begun, now or before a crash. */
  #resume(): Promise<void> {
    this.#resuming ??= this.#resumeWords().finally(() => {
      this.#resuming = undefined
    })
    return this.#resuming
  }

  async #resumeWords(): Promise<void> {
    while (!this.#closed && atomically(this.#options.db, () => this.#words.resume(SLICE))) await breathe()
  }
}
