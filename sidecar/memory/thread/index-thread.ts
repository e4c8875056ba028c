import { setImmediate as breathe } from 'node:timers/promises'
import { checkpoint, type Db, OxbowError, openReader, toFailure } from '../../foundation/index.ts'
import { centralSentences } from '../dream/central.ts'
import { RelationFinder, type Relations } from '../dream/relations.ts'
import type { Embedder } from '../embedding/embedder.ts'
import { EpisodeSearch } from '../episodes/episode-search.ts'
import { Searcher } from '../search/searcher.ts'
import { toBytes } from '../search/vector.ts'
import { openKnown, openWanted, type Wanted } from './embedders.ts'
import { Generation } from './generation.ts'
import type { Ask, Found, FromThread, IndexState, ToThread } from './protocol.ts'

/** Texts embedded at once. Searches that come meanwhile wait for one batch at most. */
const BATCH = 64
/** Of the database in memory: a search reads hundreds of rows from all over it. */
const CACHE_KIB = 4 * 1024
/** Batches written, after which this thread empties the log of writes: left to those who save, they would wait for the disk. */
const LOG_BATCHES = 12
/** How long a search waits for a query's vector; then it goes by words alone. */
const PATIENCE_MS = 5000
/** How long it waits for what was saved a moment ago to have its vectors. */
const SAVED_MS = 2000
/** How long an embedder that failed is left alone. */
const REST_MS = 30_000

/** Searches, and gives every memory its vector. Reads only: what is to be written goes to the owner. */
export class IndexThread {
  readonly #db: Db
  #wanted: Wanted
  readonly #post: (message: FromThread, transfer?: ArrayBuffer[]) => void
  readonly #searcher: Searcher
  #relations: RelationFinder | undefined
  readonly #episodes: EpisodeSearch
  #opened: Promise<void> | undefined
  #serving: Generation | undefined
  #building: Generation | undefined
  #version = 0
  #removed = new Set<number>()
  #settling: number[] = []
  #pumping: Promise<void> | undefined
  #answered: ((message: ToThread) => void) | undefined
  /** What is handed over waits until what came before was answered. */
  #handing: Promise<unknown> = Promise.resolve()
  #fault: string | undefined
  #restUntil = 0
  #written = 0

  constructor(database: string, wanted: Wanted, post: (message: FromThread, transfer?: ArrayBuffer[]) => void) {
    this.#db = openReader(database)
    this.#db.pragma(`cache_size = -${CACHE_KIB}`)
    this.#wanted = wanted
    this.#post = post
    this.#searcher = new Searcher(this.#db)
    this.#episodes = new EpisodeSearch(this.#db)
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
      if (ask.do !== 'episodes' && ask.do !== 'checkpoint') await this.#open()
      this.#post({ id: ask.id, answer: await this.#reply(ask) })
      void this.#pump()
    } catch (error) {
      this.#post({ id: ask.id, failure: toFailure(error) })
    }
  }

  #reply(ask: Exclude<Ask, { do: 'settle' }>): unknown {
    if (ask.do === 'search') return this.#search(ask)
    if (ask.do === 'episodes') return this.#episodes.find(ask.request, ask.now)
    if (ask.do === 'checkpoint') return this.#checkpoint()
    if (ask.do === 'choose') return this.#choose(ask.wanted)
    if (ask.do === 'relations') return this.#related(ask.rows)
    if (ask.do === 'central') return centralSentences(ask.texts, ask.most, this.#resting ? undefined : this.#serving?.embedder)
    return ask.do === 'embed' ? this.#embed(ask.texts) : this.#state()
  }

  #checkpoint(): null {
    checkpoint(this.#db.name)
    return null
  }

  /** Where it fails, whoever writes next does it, as ever. */
  #emptyLog(): void {
    try {
      this.#checkpoint()
    } catch (error) {
      this.#post({ fault: `the log of writes was not emptied: ${String(error)}` })
    }
  }

  /** Where the embedder fails, what is alike by form and words is found all the same. */
  #related(rows: readonly number[]): Promise<Relations> {
    this.#relations ??= new RelationFinder(this.#db)
    const relations = this.#relations
    const serving = this.#resting ? undefined : this.#serving
    if (!serving) return relations.of(rows)
    return relations.of(rows, { embedder: serving.embedder, leg: serving.leg }).catch((error: unknown) => {
      this.#failed(error)
      return relations.of(rows)
    })
  }

  async #embed(texts: readonly string[]): Promise<Int8Array[]> {
    const generation = this.#serving ?? this.#building
    if (!generation)
      throw new OxbowError('SERVICE_UNAVAILABLE', 'memory.noEmbedder', this.#fault ?? 'no embedder serves', 'Choose another one.')
    const vectors = await generation.embedder.embed(texts)
    return vectors.map(toBytes)
  }

  /** What was saved a moment ago is embedded first; a long backlog is not waited for. */
  async #search({ request, now, legs, notes }: Extract<Ask, { do: 'search' }>): Promise<Found> {
    const serving = this.#serving
    if (!serving)
      return { results: this.#searcher.search(request, { now, legs, notes }), wordsOnly: this.#fault ?? 'no index of vectors' }
    if (serving.waiting.size <= BATCH && !this.#resting) await within(SAVED_MS, this.#pump()).catch(() => undefined)
    const [vector] = this.#resting ? [] : await within(PATIENCE_MS, serving.embedder.embed([request.query])).catch(this.#failed)
    const meaning = vector && { embedder: serving.embedder, leg: serving.leg, vector }
    const results = this.#searcher.search(request, { now, legs, notes, meaning })
    return { results, ...(!vector && { wordsOnly: this.#fault }) }
  }

  /** An embedder that failed is left alone for a while: searches must not wait for it each time. */
  readonly #failed = (error: unknown): [] => {
    this.#fault = error instanceof Error ? error.message : String(error)
    this.#restUntil = performance.now() + REST_MS
    return []
  }

  get #resting(): boolean {
    return performance.now() < this.#restUntil
  }

  #state(): IndexState {
    const serving = this.#serving
    const building = this.#building
    const { id, dimensions } = (serving ?? building)?.embedder ?? { id: 'none', dimensions: 0 }
    return {
      embedder: { id, dimensions },
      serves: serving !== undefined,
      fault: this.#fault,
      embedded: serving?.known ?? 0,
      ...(building && {
        building: {
          id: building.embedder.id,
          done: building.known,
          of: building.known + building.embedding + building.waiting.size,
        },
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

  /** Where the wanted embedder cannot be had, the index that is there serves, or none. */
  async #load(): Promise<void> {
    const indexes = this.#indexes()
    const wanted = await openWanted(this.#wanted, indexes).catch((error: unknown) => {
      this.#failed(error)
      return undefined
    })
    const serving = indexes.find((row) => row.state === 'serving')
    if (!serving) {
      if (wanted) this.#serving = await this.#generation(wanted, 'serving')
      return
    }
    const old = serving.id === wanted?.id ? wanted : await openKnown(this.#wanted, serving)
    if (old) this.#serving = new Generation(this.#db, serving.number, old)
    if (wanted && serving.id !== wanted.id) this.#building = await this.#generation(wanted, 'building')
  }

  async #choose(wanted: Wanted): Promise<null> {
    const embedder = await openWanted(wanted, this.#indexes())
    this.#wanted = wanted
    this.#fault = undefined
    this.#restUntil = 0
    const serving = this.#serving
    if (serving?.embedder.id === embedder.id) {
      this.#building = undefined
      // What was begun of others goes.
      await this.#hand({ promote: serving.number })
    } else if (serving) {
      this.#building = await this.#generation(embedder, 'building')
    } else {
      this.#serving = await this.#generation(embedder, 'serving')
      await this.#hand({ promote: this.#serving.number })
    }
    return null
  }

  #indexes(): { number: number; id: string; dimensions: number; state: string }[] {
    return this.#db
      .prepare<[], { number: number; id: string; dimensions: number; state: string }>(
        'SELECT number, id, dimensions, state FROM memory_embedders',
      )
      .all()
  }

  async #generation(embedder: Embedder, state: 'serving' | 'building'): Promise<Generation> {
    const { id, dimensions } = embedder
    const answer = await this.#hand({ embedder: { id, dimensions, state } })
    return new Generation(this.#db, answer.do === 'embedder' ? answer.number : 0, embedder)
  }

  /** Posts what the owner has to write, and waits until it has. */
  #hand(message: FromThread, transfer?: ArrayBuffer[]): Promise<ToThread> {
    const answer = this.#handing.then(
      () =>
        new Promise<ToThread>((resolve) => {
          this.#answered = resolve
          this.#post(message, transfer)
        }),
    )
    this.#handing = answer
    return answer
  }

  #pump(): Promise<void> {
    this.#pumping ??= this.#embedAll().finally(() => {
      this.#pumping = undefined
      // Asked for between the last look and now.
      if (this.#settling.length > 0 || (this.#opened && !this.#resting && this.#next())) void this.#pump()
    })
    return this.#pumping
  }

  /** Embeds batch after batch until every memory of every generation has its vector. */
  async #embedAll(): Promise<void> {
    try {
      await this.#open()
      for (let next = this.#next(); next; next = this.#next()) {
        const current = next
        await this.#embedSome(current).finally(() => {
          current.embedding = 0
        })
        await breathe()
      }
      for (const id of this.#settling.splice(0)) this.#post({ id, answer: null })
    } catch (error) {
      this.#failed(error)
      for (const id of this.#settling.splice(0)) this.#post({ id, failure: toFailure(error) })
      this.#post({ fault: error instanceof Error ? (error.stack ?? error.message) : String(error) })
    }
  }

  #next(): Generation | undefined {
    const generations = this.#resting && this.#building ? [this.#building] : this.#generations()
    return generations.find((generation) => generation.waiting.size > 0 || generation === this.#building)
  }

  async #embedSome(generation: Generation): Promise<void> {
    if (generation.waiting.size === 0) return this.#promote()
    const batch = take(generation.waiting, BATCH)
    generation.embedding = batch.length
    this.#removed.clear()
    const seen = this.#version
    const { rows, vectors } = await generation.embed(batch).catch((error: unknown) => {
      for (const n of batch) generation.waiting.add(n)
      // The next one's index is made all the same.
      if (generation === this.#building || !this.#building) throw error
      this.#failed(error)
      return { rows: [], vectors: [] }
    })
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
    if (++this.#written % LOG_BATCHES === 0) this.#emptyLog()
  }

  async #promote(): Promise<void> {
    const building = this.#building
    if (!building) return
    await this.#hand({ promote: building.number })
    // Another one may have been chosen meanwhile.
    if (this.#building !== building) return
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

/** @throws OxbowError `memory.embedderSlow` */
async function within<T>(ms: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new OxbowError('SERVICE_UNAVAILABLE', 'memory.embedderSlow', `the embedder took longer than ${ms / 1000} s`)),
      ms,
    )
  })
  try {
    return await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
  }
}
