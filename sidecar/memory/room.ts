import { dirname, join } from 'node:path'
import type {
  EmbedderChoice,
  EmbedderState,
  EmbeddingDownload,
  Episode,
  ForgetMemory,
  ListMemory,
  Memory,
  MemoryId,
  MemoryResult,
  MemoryStats,
  MemoryTier,
  MemoryType,
  SaveMemory,
  SearchEpisodes,
  SearchMemory,
  UpdateMemory,
} from '../contract/index.ts'
import { MAIN_SPACE, MEMORY_TYPES, RETENTION_DAYS } from '../contract/index.ts'
import { atomically, type Clock, type Db, type Ids, type Log, OxbowError } from '../foundation/index.ts'
import type { Calendar } from './calendar/calendar.ts'
import { Changes } from './changes.ts'
import { countsOf } from './counts.ts'
import { Dreams } from './dream/dreams.ts'
import { Embedders, type EmbeddersOptions } from './embedders.ts'
import { EpisodeIndex } from './episodes/episode-index.ts'
import { exportLines } from './export.ts'
import { importLines } from './import.ts'
import { missingIn } from './import-notes.ts'
import { IndexClient } from './index-client.ts'
import { Knowledge } from './knowledge/knowledge.ts'
import { Learner } from './learn/learner.ts'
import { Learning } from './learn/learning.ts'
import { Questions } from './learn/questions.ts'
import { Secrets } from './learn/secret.ts'
import { ReasoningBank } from './reasoning/reasoning-bank.ts'
import { KnownHot } from './recall/known-hot.ts'
import { Recall } from './recall/recall.ts'
import { Scratchpad } from './scratchpad.ts'
import { ANYBODY, KNOWLEDGE, Shelves } from './shelf.ts'
import { MemoryStore } from './store.ts'
import type { Change } from './store-options.ts'
import type { Retention } from './strength/curve.ts'
import { Uses } from './strength/uses.ts'
import type { Found, Legs } from './thread/protocol.ts'
import { tendSome, warm } from './tiers/cold.ts'
import { listOfTier } from './tiers/list.ts'
import type { Told } from './told.ts'
import { WordIndex } from './word-index.ts'
import { WordTender } from './word-tender.ts'

/** Memories looked at, whether they have faded, in one go. */
const TENDED = 50

export interface MemoryOptions {
  db: Db
  /** The file of `db`, which the index thread reads with a connection of its own. */
  database: string
  /** Folder of the embedding model; default: the shipped one. */
  model?: string
  clock: Clock
  ids: Ids
  log: Log
  /** Days that an untouched memory stays, by type, asked for each time: the person may set it. */
  retention?: () => { readonly [T in MemoryType]?: number | undefined }
  /** Told of what is changed here without a person asking for it. */
  changed?: Told | undefined
  /** Secrets of this computer by value, which are never learned. */
  secrets?: () => readonly string[]
  /** Which embedder, and where models come from; default: the shipped one alone. */
  embedder?: Omit<EmbeddersOptions, 'db' | 'shipped'>
  /** The folder of notes; default: beside the database. */
  notes?: () => string
  /** The folder of calendars; default: beside the database. */
  calendars?: () => string
  /** The text of a document among the notes. */
  convert?: (path: string, name: string) => Promise<string>
  /** A thread without work ends after this long, in milliseconds. */
  idleMs?: number
}

/** All that is remembered: kept, found, told and forgotten. */
export class MemoryRoom {
  readonly scratchpad: Scratchpad
  readonly knowledge: Knowledge
  /** What of it comes into conversations. */
  readonly recall: Recall
  /** What is taken from conversations, and what the person is asked about it. */
  readonly learning: Learning
  /** Putting memories in order: by itself, and as a person wants it. */
  readonly dreams: Dreams
  readonly #options: MemoryOptions
  readonly #store: MemoryStore
  readonly #words: WordIndex
  readonly #tender: WordTender
  readonly #index: IndexClient
  readonly #embedders: Embedders
  readonly #episodes: EpisodeIndex
  readonly #uses: Uses
  #calendar: Promise<Calendar> | undefined
  readonly #changes: Changes
  readonly #knownHot: KnownHot
  #forgotten = 0

  constructor(options: MemoryOptions) {
    const { db, clock, ids, log, database, model: shipped, idleMs } = options
    // Forgetting means that the bytes go, too: freed pages are overwritten.
    db.pragma('secure_delete = ON')
    this.#options = options
    this.scratchpad = new Scratchpad(db, clock)
    this.#words = new WordIndex(db)
    this.#tender = new WordTender(db, this.#words, log)
    this.#embedders = new Embedders({ ...options.embedder, db, shipped })
    this.#index = new IndexClient({
      db,
      log,
      database,
      idleMs,
      wanted: () => this.#embedders.wanted(),
      source: () => this.#embedders.source(),
    })
    this.#changes = new Changes(db, ({ added, removed }) => {
      this.#index.remove(removed)
      this.#index.add(added)
    })
    this.#episodes = new EpisodeIndex(db)
    this.#uses = new Uses(db, clock, () => this.#retention)
    const questions = new Questions(db, clock, ids)
    const secrets = new Secrets(options.secrets ?? (() => []))
    const onChange = (change: Change): void => this.#changes.note(change)
    this.#store = new MemoryStore({
      db,
      clock,
      ids,
      shelves: new Shelves(db),
      words: this.#words,
      questions,
      onChange,
    })
    // What a note says is known by the note: learning neither strengthens nor changes it.
    const searchOwn = (request: SearchMemory): Promise<MemoryResult[]> =>
      this.#index.ask('search', { request, now: clock.iso(), notes: 'without' }).then(({ results }) => results)
    this.dreams = new Dreams({
      db,
      clock,
      ids,
      journal: log,
      changed: options.changed,
      store: this.#store,
      shelves: new Shelves(db),
      words: this.#words,
      uses: this.#uses,
      questions,
      secrets,
      onChange,
      relations: (rows) => this.#index.ask('relations', { rows: [...rows] }),
      central: (texts, most) => this.#index.ask('central', { texts: [...texts], most }),
      settled: () => this.settled(),
      checkpoint: () => this.#index.ask('checkpoint', {}),
      reindex: () => void this.reindex(),
      together: (work) => this.#changes.together(work),
    })
    const learner = new Learner({
      store: this.#store,
      uses: this.#uses,
      questions,
      secrets,
      decide: (holds, past) => this.dreams.decide(holds, past),
      changed: options.changed,
      search: searchOwn,
      now: () => clock.iso(),
      together: (work) => this.#changes.together(work),
    })
    const reasoning = new ReasoningBank({
      db,
      changed: options.changed,
      store: this.#store,
      uses: this.#uses,
      secrets,
      search: searchOwn,
    })
    this.learning = new Learning({ learner, questions, reasoning, store: this.#store })
    this.knowledge = new Knowledge({
      db,
      clock,
      log,
      store: this.#store,
      folder: options.notes ?? (() => join(dirname(database), 'knowledge')),
      convert: options.convert,
      search: (query, limit) =>
        this.#index.ask('search', { request: { query, limit }, now: clock.iso(), notes: 'only' }).then(({ results }) => results),
    })
    this.#knownHot = new KnownHot(db, clock, (reach) => this.recall.hot(reach))
    this.recall = new Recall({
      db,
      store: this.#store,
      uses: this.#uses,
      search: (request) => this.search(request),
      searchIndex: (request) => this.#index.ask('search', { request, now: clock.iso() }).then(({ results }) => results),
      embed: (texts) => this.#index.ask('embed', { texts: [...texts] }),
    })
    void this.#tender.resume()
  }

  /** Grows with each forgetting: what was made of memories before may hold what is no more. */
  get forgotten(): number {
    return this.#forgotten
  }

  /** Whether the index thread is there. */
  get running(): boolean {
    return this.#index.running
  }

  /** Best first. @param legs one leg alone, to measure it */
  search(request: SearchMemory, legs?: Legs): Promise<MemoryResult[]> {
    return this.find(request, legs).then(({ results }) => results)
  }

  /** As `search`, and says where it went by words alone, and why. */
  find(request: SearchMemory, legs?: Legs): Promise<Found> {
    this.knowledge.look()
    return this.#index.ask('search', { request, now: this.#options.clock.iso(), legs })
  }

  /** Finds what was said, what tools gave back and files that were read, best first: places in the session log. */
  async episodes(request: SearchEpisodes): Promise<Episode[]> {
    await this.#episodes.catchUp()
    return this.#index.ask('episodes', { request, now: this.#options.clock.iso() })
  }

  /** Takes what was said since into the index of episodes. Settles when it is there. */
  indexEpisodes(): Promise<void> {
    return this.#episodes.catchUp()
  }

  embedder(): Promise<EmbedderState> {
    return this.#embedders.state(this.#index)
  }

  /** Lets another embedder serve once its index is made; until then the old one does. @throws OxbowError where it cannot be opened */
  async chooseEmbedder(choice: EmbedderChoice): Promise<EmbedderState> {
    await this.#embedders.choose(choice, this.#index)
    return this.embedder()
  }

  /** Begins to download a model, in the background. */
  downloadEmbedder(name: string): EmbeddingDownload {
    return this.#embedders.downloads.begin(name)
  }

  /** The same memories with how well each is held now. */
  standing<T extends Memory>(memories: readonly T[]): T[] {
    return memories.map((memory) => {
      const { id, space, agent = '' } = memory
      const hot = agent !== KNOWLEDGE && this.#knownHot.ids({ space, agent }).has(id)
      return { ...memory, standing: this.#uses.standing(memory, hot) }
    })
  }

  /** Those of these that are still there. */
  some(ids: readonly string[]): Memory[] {
    return this.#store.some(ids)
  }

  /** Strength over time, from a memory's beginning to some time ahead. */
  chart(id: MemoryId): { at: string; strength: number }[] {
    return this.#uses.chart(this.#store.get(id))
  }

  /** Compresses some of what has faded, going on where it stopped. @returns whether it has come round */
  tendSome(most = TENDED): boolean {
    return tendSome(this.#options.db, this.#uses, most)
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

  /** @throws OxbowError as the store's, and `memory.note` */
  update(input: UpdateMemory & { taint?: readonly string[] }): Memory {
    this.#notOfNotes([input.id])
    return this.#store.update(input)
  }

  list(input: ListMemory): { memories: Memory[]; next?: string } {
    return this.#store.list(input)
  }

  /** Counts that these were of use. @param session in which; absent where a person looked */
  used(ids: readonly MemoryId[], session?: string): void {
    this.#uses.add(ids, session)
    warm(this.#options.db, ids)
  }

  /** As `list`, and only those of a tier. */
  listTier(input: ListMemory & { tier: MemoryTier }): Promise<{ memories: Memory[]; next?: string }> {
    return listOfTier(this.#store, (memories) => this.standing(memories), input)
  }

  forget(input: ForgetMemory): Promise<number> {
    this.#notOfNotes(input.ids ?? [])
    if (!input.dryRun) this.#forgotten++
    return this.#store.forget(input)
  }

  /** The person's calendars, opened with their first use. */
  calendar(): Promise<Calendar> {
    const { calendars, database, clock } = this.#options
    this.#calendar ??= import('./calendar/calendar.ts').then(
      ({ Calendar }) => new Calendar(calendars ?? (() => join(dirname(database), 'calendar')), clock),
    )
    return this.#calendar
  }

  /** A piece of a note changes and goes with its file. */
  #notOfNotes(ids: readonly string[]): void {
    const piece = this.#store.some(ids).find(({ agent }) => agent === KNOWLEDGE)
    if (piece)
      throw new OxbowError(
        'CONFLICT',
        'memory.note',
        `${piece.id} is a piece of the note ${piece.source.file}`,
        'Change or remove the note itself.',
      )
  }

  /** Settles when what was read can be found, also by meaning. */
  async import(input: {
    jsonl: string
    space?: string | undefined
    firstLine: number
    notes?: { files: readonly string[]; since: string } | undefined
  }): Promise<{ saved: number; replaced: number; removed: number; begunAt: string }> {
    const { db, clock } = this.#options
    const begunAt = clock.iso()
    const counts = await importLines(db, this.#store, clock, input)
    await this.#tender.join()
    const gone = input.notes ? missingIn(db, { ...input.notes, space: input.space ?? MAIN_SPACE }) : []
    const removed = gone.length === 0 ? 0 : await this.forget({ ids: gone as MemoryId[], dryRun: false })
    // Where the embedder is out of reach, words find them meanwhile.
    await this.settled().catch(() => undefined)
    return { ...counts, removed, begunAt }
  }

  export(input: { space?: string | undefined; limit: number; after?: string | undefined }): { jsonl: string; next?: string } {
    return exportLines(this.#options.db, input)
  }

  async stats(): Promise<MemoryStats> {
    return {
      ...countsOf(this.#options.db, (reach) => this.recall.hot(reach), this.#retention),
      topics: this.recall.topics({ agent: ANYBODY }),
      questions: this.learning.open,
      ...(await this.#found()),
    }
  }

  async #found(): Promise<Pick<MemoryStats, 'embedder' | 'embedded' | 'building'>> {
    const { embedder, embedded, building } = await this.#index.ask('state', {})
    return { embedder, embedded, ...(building && { building }) }
  }

  /** Makes both indexes anew, in the background. @returns how many memories that concerns */
  reindex(): number {
    const { db } = this.#options
    const rows = db.prepare<[], { n: number }>('SELECT n FROM memories ORDER BY n').all()
    atomically(db, () => this.#words.restart())
    void this.#tender.resume()
    this.#index.add(rows.map(({ n }) => n))
    return rows.length
  }

  /** Settles when everything saved so far is in both indexes. */
  async settled(): Promise<void> {
    await this.#tender.settled
    await this.#index.ask('settle', {})
  }

  async close(): Promise<void> {
    await this.dreams.pause()
    await Promise.all([this.#tender.close(), this.#episodes.close(), this.knowledge.close()])
    await Promise.all([this.#index.close(), this.#embedders.downloads.close()])
  }

  get #retention(): Retention {
    const set = this.#options.retention?.() ?? {}
    return Object.fromEntries(MEMORY_TYPES.map((type) => [type, set[type] ?? RETENTION_DAYS[type]])) as Retention
  }
}
