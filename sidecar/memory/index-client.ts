import { Worker } from 'node:worker_threads'
import { atomically, type Db, type Log, OxbowError, threadFile } from '../foundation/index.ts'
import { prepared } from './prepared.ts'
import type { Wanted } from './thread/embedders.ts'
import type { Asks, FromThread, ThreadData, ToThread } from './thread/protocol.ts'

/** How long each kind of answer may take, in milliseconds. Starting the thread and reading its index counts. */
const TIMES: Readonly<Record<keyof Asks, number>> = {
  search: 30_000,
  episodes: 30_000,
  embed: 30_000,
  relations: 120_000,
  central: 60_000,
  choose: 120_000,
  state: 30_000,
  settle: 600_000,
  checkpoint: 120_000,
}
/** New objects of the thread, in megabytes: what one search makes, about, is thrown away once, and more room would fill with what is no longer needed. */
const YOUNG_MB = 8
/** A thread without work ends after this long. */
const IDLE_MS = 5 * 60_000
/** Questions that may wait. */
const MOST_WAITING = 1000
/** Vectors of an embedder that no longer serves, removed at once. */
const DROPPED_AT_ONCE = 500

interface Waiting {
  resolve(answer: never): void
  reject(error: Error): void
  timer: NodeJS.Timeout
}

export interface IndexClientOptions {
  db: Db
  database: string
  /** What should serve, asked for when a thread starts. */
  wanted(): Wanted
  /** The setting that it comes from, kept with its index. */
  source(): string
  log: Log
  idleMs?: number | undefined
}

/** Owns the thread that searches and embeds: starts it when it is needed, writes what it hands over, ends it. */
export class IndexClient {
  readonly #options: IndexClientOptions
  readonly #waiting = new Map<number, Waiting>()
  #worker: Worker | undefined
  #count = 0
  #version = 0
  /** The version with which a row last changed, until the thread has seen it. */
  readonly #changed = new Map<number, number>()
  #idle: NodeJS.Timeout | undefined
  #closed = false

  constructor(options: IndexClientOptions) {
    this.#options = options
    // An embedder that was replaced may have left vectors when we ended.
    setImmediate(() => this.#sweep())
  }

  /** Whether a thread is there. */
  get running(): boolean {
    return this.#worker !== undefined
  }

  /** @throws OxbowError `memory.tooSlow`, `memory.busy`, `memory.stopping`, `memory.thread` */
  ask<K extends keyof Asks>(what: K, ask: Asks[K]['ask']): Promise<Asks[K]['answer']> {
    if (this.#closed) return Promise.reject(stopping())
    if (this.#waiting.size >= MOST_WAITING)
      return Promise.reject(
        new OxbowError('TOO_MANY_REQUESTS', 'memory.busy', 'too many searches wait', 'Try again in a moment.'),
      )
    const id = ++this.#count
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#waiting.delete(id)
        reject(
          new OxbowError(
            'SERVICE_UNAVAILABLE',
            'memory.tooSlow',
            `memory did not answer within ${TIMES[what] / 1000} s`,
            'Try again.',
          ),
        )
      }, TIMES[what])
      this.#waiting.set(id, { resolve, reject, timer })
      this.#send({ id, do: what, ...ask } as ToThread)
    })
  }

  /** These rows need vectors. */
  add(rows: readonly number[]): void {
    if (this.#closed || rows.length === 0) return
    const version = ++this.#version
    for (const n of rows) this.#changed.set(n, version)
    this.#send({ do: 'add', rows: [...rows], version })
  }

  /** These rows are gone. A thread that is not there has nothing to forget. */
  remove(rows: readonly number[]): void {
    if (this.#worker && rows.length > 0) this.#send({ do: 'remove', rows: [...rows] })
  }

  async close(): Promise<void> {
    this.#closed = true
    for (const [id, waiting] of this.#waiting) this.#settle(id, () => waiting.reject(stopping()))
    await this.#end()
  }

  #send(message: ToThread, transfer: ArrayBuffer[] = []): void {
    this.#thread().postMessage(message, transfer)
    this.#rest()
  }

  /** Ends the thread when nothing has been asked of it for long. */
  #rest(): void {
    clearTimeout(this.#idle)
    this.#idle = setTimeout(() => {
      if (this.#waiting.size === 0) void this.#end()
      else this.#rest()
    }, this.#options.idleMs ?? IDLE_MS).unref()
  }

  #thread(): Worker {
    if (this.#worker) return this.#worker
    const { database, wanted } = this.#options
    const worker = new Worker(threadFile(import.meta.dirname, 'memory-worker.cjs', 'worker.ts'), {
      workerData: { database, wanted: wanted() } satisfies ThreadData,
      execArgv: [],
      env: {},
      name: 'memory',
      resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MB },
    })
    this.#worker = worker
    worker.unref()
    worker.on('message', (message: FromThread) => {
      if (worker === this.#worker) this.#receive(message)
    })
    const lost = (error: Error): void => {
      if (worker !== this.#worker) return
      this.#worker = undefined
      this.#changed.clear()
      this.#options.log.warn({ err: error }, 'the thread that searches memory ended')
      for (const [id, waiting] of this.#waiting) this.#settle(id, () => waiting.reject(threadEnded(error)))
    }
    worker.on('error', lost)
    worker.on('exit', (code) => lost(new Error(`exit code ${code}`)))
    return worker
  }

  #receive(message: FromThread): void {
    if ('answer' in message) {
      this.#settle(message.id, (waiting) => waiting.resolve(message.answer as never))
    } else if ('failure' in message) {
      const { code, message: text, hint } = message.failure
      this.#settle(message.id, (waiting) => waiting.reject(new OxbowError('BAD_REQUEST', code, text, hint)))
    } else if ('vectors' in message) {
      this.#send({ do: 'written', skipped: this.#write(message.vectors) })
    } else if ('embedder' in message) {
      this.#send({ do: 'embedder', number: this.#enter(message.embedder) })
    } else if ('promote' in message) {
      this.#promote(message.promote)
      this.#send({ do: 'promoted' })
    } else {
      this.#options.log.error({ fault: message.fault }, 'memories could not be embedded')
    }
  }

  #settle(id: number, how: (waiting: Waiting) => void): void {
    const waiting = this.#waiting.get(id)
    if (!waiting) return
    clearTimeout(waiting.timer)
    this.#waiting.delete(id)
    how(waiting)
  }

  /** @returns rows that changed or went since their text was read: their vectors were not written */
  #write({ embedder, rows, bytes, seen }: Extract<FromThread, { vectors: unknown }>['vectors']): number[] {
    const { db } = this.#options
    const skipped: number[] = []
    const size = bytes.length / rows.length
    const insert = prepared<[{ embedder: number; n: number; vector: Uint8Array }]>(
      db,
      `INSERT INTO memory_vectors (embedder, n, vector) SELECT @embedder, @n, @vector WHERE EXISTS (SELECT 1 FROM memories WHERE n = @n)
       AND EXISTS (SELECT 1 FROM memory_embedders WHERE number = @embedder AND state <> 'replaced')
       ON CONFLICT (embedder, n) DO UPDATE SET vector = excluded.vector`,
    )
    atomically(db, () =>
      rows.forEach((n, at) => {
        const changed = this.#changed.get(n)
        const stale = changed !== undefined && changed > seen
        const vector = bytes.subarray(at * size, (at + 1) * size)
        if (stale || insert.run({ embedder, n, vector }).changes === 0) skipped.push(n)
        else this.#changed.delete(n)
      }),
    )
    return skipped
  }

  #enter({ id, dimensions, state }: Extract<FromThread, { embedder: unknown }>['embedder']): number {
    const row = this.#options.db
      .prepare<[string, number, string, string], { number: number }>(
        `INSERT INTO memory_embedders (id, dimensions, state, source) VALUES (?, ?, ?, ?)
         ON CONFLICT (id) DO UPDATE SET state = excluded.state, source = excluded.source RETURNING number`,
      )
      .get(id, dimensions, state, this.#options.source())
    return row!.number
  }

  #promote(number: number): void {
    const { db } = this.#options
    atomically(db, () => {
      db.prepare(`UPDATE memory_embedders SET state = 'replaced' WHERE number <> ?`).run(number)
      db.prepare(`UPDATE memory_embedders SET state = 'serving' WHERE number = ?`).run(number)
    })
    this.#sweep()
  }

  /** Removes vectors of replaced embedders, some at a time. */
  #sweep(): void {
    const { db } = this.#options
    if (this.#closed || !db.open) return
    const old = db.prepare<[], { number: number }>(`SELECT number FROM memory_embedders WHERE state = 'replaced'`).get()
    if (!old) return
    const { changes } = db
      .prepare(
        'DELETE FROM memory_vectors WHERE embedder = @old AND n IN (SELECT n FROM memory_vectors WHERE embedder = @old LIMIT @most)',
      )
      .run({ old: old.number, most: DROPPED_AT_ONCE })
    if (changes === 0) db.prepare('DELETE FROM memory_embedders WHERE number = ?').run(old.number)
    setImmediate(() => this.#sweep())
  }

  async #end(): Promise<void> {
    clearTimeout(this.#idle)
    const worker = this.#worker
    this.#worker = undefined
    await worker?.terminate()
  }
}

const stopping = (): OxbowError =>
  new OxbowError('SERVICE_UNAVAILABLE', 'memory.stopping', 'Oxbow stops', 'Ask again once it runs.')

const threadEnded = (cause: Error): OxbowError =>
  new OxbowError(
    'SERVICE_UNAVAILABLE',
    'memory.thread',
    'the thread that searches memory ended unexpectedly',
    'Try again; `oxbow doctor` looks at the database.',
    cause,
  )
