import { setImmediate as breathe } from 'node:timers/promises'
import { type Db, openReader, toFailure } from '../../foundation/index.ts'
import type { Embedder } from '../embedding/embedder.ts'
import { Searcher } from '../search/searcher.ts'
import { toBytes } from '../search/vector.ts'
import type { EmbedderSource } from './embedders.ts'
import { Generation } from './generation.ts'
import type { Ask, FromThread, IndexState, ToThread } from './protocol.ts'

/** Texts embedded at once. Searches that come meanwhile wait for one batch at most. */
const BATCH = 64
/** Of the database in memory: a search reads hundreds of rows from all over it. */
const CACHE_KIB = 16 * 1024

/** Searches, and gives every memory its vector. Reads only: what is to be written goes to the owner. */
export class IndexThread {
  readonly #db: Db
  readonly #source: EmbedderSource
  readonly #post: (message: FromThread, transfer?: ArrayBuffer[]) => void
  readonly #searcher: Searcher
  #opened: Promise<void> | undefined
  #serving: Generation | undefined
  #building: Generation | undefined
  #version = 0
  #removed = new Set<number>()
  #settling: number[] = []
  #pumping: Promise<void> | undefined
  #answered: ((message: ToThread) => void) | undefined

  constructor(database: string, source: EmbedderSource, post: (message: FromThread, transfer?: ArrayBuffer[]) => void) {
    this.#db = openReader(database)
    this.#db.pragma(`cache_size = -${CACHE_KIB}`)
    this.#source = source
    this.#post = post
    this.#searcher = new Searcher(this.#db)
  }

  receive(message: ToThread): void {
    switch (message.do) {
      case 'add':
        this.#version = message.version
        for (const generation of this.#generations()) for (const n of message.rows) generation.waiting.add(n)
        void this.#pump()
        return
      case 'remove':
        for (const n of message.rows) this.#removed.add(n)
        for (const generation of this.#generations()) for (const n of message.rows) generation.remove(n)
        return
      case 'written':
      case 'embedder':
      case 'promoted':
        this.#answered?.(message)
        return
      case 'settle':
        this.#settling.push(message.id)
        void this.#pump()
        return
      default:
        void this.#answer(message)
    }
  }

  async #answer(ask: Exclude<Ask, { do: 'settle' }>): Promise<void> {
    try {
      await this.#open()
      this.#post({ id: ask.id, answer: await this.#reply(ask) })
      void this.#pump()
    } catch (error) {
      this.#post({ id: ask.id, failure: toFailure(error) })
    }
  }

  #reply(ask: Exclude<Ask, { do: 'settle' }>): unknown {
    if (ask.do === 'search') return this.#search(ask)
    return ask.do === 'embed' ? this.#embed(ask.texts) : this.#state()
  }

  async #embed(texts: readonly string[]): Promise<Int8Array[]> {
    const vectors = await (this.#serving ?? this.#building)!.embedder.embed(texts)
    return vectors.map(toBytes)
  }

  /** What was saved a moment ago is embedded first; a long backlog is not waited for. */
  async #search({ request, now, legs }: Extract<Ask, { do: 'search' }>) {
    if ((this.#serving?.waiting.size ?? 0) <= BATCH) await this.#pump()
    return this.#searcher.search(request, { now, legs, meaning: this.#serving })
  }

  #state(): IndexState {
    const serving = this.#serving
    const building = this.#building
    const { id, dimensions } = (serving ?? building)!.embedder
    return {
      embedder: { id, dimensions },
      embedded: serving?.known ?? 0,
      ...(building && {
        building: { id: building.embedder.id, done: building.known, of: building.known + building.waiting.size },
      }),
    }
  }

  #generations(): Generation[] {
    return [this.#serving, this.#building].filter((generation) => generation !== undefined)
  }

  #open(): Promise<void> {
    this.#opened ??= this.#load()
    return this.#opened
  }

  async #load(): Promise<void> {
    const wanted = await this.#source.wanted()
    const rows = this.#db
      .prepare<[], { number: number; id: string; state: string }>('SELECT number, id, state FROM memory_embedders')
      .all()
    const serving = rows.find((row) => row.state === 'serving')
    if (!serving) {
      this.#serving = await this.#generation(wanted, 'serving', rows)
      return
    }
    const old = serving.id === wanted.id ? wanted : await this.#source.byId(serving.id)
    if (old) this.#serving = new Generation(this.#db, serving.number, old)
    if (serving.id !== wanted.id) this.#building = await this.#generation(wanted, 'building', rows)
  }

  async #generation(
    embedder: Embedder,
    state: 'serving' | 'building',
    rows: readonly { number: number; id: string }[],
  ): Promise<Generation> {
    const known = rows.find((row) => row.id === embedder.id)
    if (known) return new Generation(this.#db, known.number, embedder)
    const { id, dimensions } = embedder
    const answer = await this.#hand({ embedder: { id, dimensions, state } })
    return new Generation(this.#db, answer.do === 'embedder' ? answer.number : 0, embedder)
  }

  /** Posts what the owner has to write, and waits until it has. */
  #hand(message: FromThread, transfer?: ArrayBuffer[]): Promise<ToThread> {
    return new Promise((resolve) => {
      this.#answered = resolve
      this.#post(message, transfer)
    })
  }

  #pump(): Promise<void> {
    this.#pumping ??= this.#embedAll().finally(() => {
      this.#pumping = undefined
      // Asked for between the last look and now.
      if (this.#settling.length > 0 || (this.#opened && this.#next())) void this.#pump()
    })
    return this.#pumping
  }

  /** Embeds batch after batch until every memory of every generation has its vector. */
  async #embedAll(): Promise<void> {
    try {
      await this.#open()
      for (let next = this.#next(); next; next = this.#next()) {
        await this.#embedSome(next)
        await breathe()
      }
      for (const id of this.#settling.splice(0)) this.#post({ id, answer: null })
    } catch (error) {
      for (const id of this.#settling.splice(0)) this.#post({ id, failure: toFailure(error) })
      for (const generation of this.#generations()) generation.waiting.clear()
      this.#building = undefined
      this.#post({ fault: error instanceof Error ? (error.stack ?? error.message) : String(error) })
    }
  }

  #next(): Generation | undefined {
    return this.#generations().find((generation) => generation.waiting.size > 0 || generation === this.#building)
  }

  async #embedSome(generation: Generation): Promise<void> {
    if (generation.waiting.size === 0) return this.#promote()
    const batch = take(generation.waiting, BATCH)
    this.#removed.clear()
    const seen = this.#version
    const { rows, vectors } = await generation.embed(batch)
    if (rows.length === 0) return
    const bytes = new Uint8Array(rows.length * generation.embedder.dimensions)
    vectors.forEach((vector, at) => {
      bytes.set(new Uint8Array(vector.buffer), at * vector.length)
    })
    const answer = await this.#hand({ vectors: { embedder: generation.number, rows, bytes, seen } }, [bytes.buffer])
    const skipped = new Set(answer.do === 'written' ? answer.skipped : rows)
    rows.forEach((n, at) => {
      if (skipped.has(n) || this.#removed.has(n)) return
      const again = generation.waiting.has(n)
      generation.enter(n, vectors[at]!)
      if (again) generation.waiting.add(n)
    })
  }

  async #promote(): Promise<void> {
    const building = this.#building
    if (!building) return
    await this.#hand({ promote: building.number })
    this.#serving = building
    this.#building = undefined
  }
}

function take(from: Set<number>, most: number): number[] {
  const taken: number[] = []
  for (const n of from) {
    if (taken.push(n) === most) break
  }
  for (const n of taken) from.delete(n)
  return taken
}
