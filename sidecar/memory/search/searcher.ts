import type { MemoryResult, SearchMemory } from '../../contract/index.ts'
import type { Db } from '../../foundation/index.ts'
import { type Row, toMemory } from '../row.ts'
import { ANYBODY, type Range, Shelves, shelfOf } from '../shelf.ts'
import type { Legs } from '../thread/protocol.ts'
import { parseWhen } from '../when.ts'
import { tellingWords, wordsOf } from '../words.ts'
import { choose } from './choose.ts'
import { addAlike, addShares, compareClosely, textReader } from './closely.ts'
import { tellingWordsOf } from './feedback.ts'
import { add, best, byNumber, type Candidate, fuse } from './fuse.ts'
import type { Hit } from './hit.ts'
import type { Asked, Meaning } from './meaning.ts'
import { timeIn } from './time-expression.ts'
import { BARE, TUNING, type Tuning } from './tuning.ts'
import { scoresOf } from './vector-leg.ts'
import { WordCounts } from './word-counts.ts'
import { hasPhrase, type Within, WordLeg } from './word-leg.ts'

const DAY_MS = 86_400_000

export interface SearchOptions {
  /** ISO 8601: what "yesterday" is told from. */
  now: string
  meaning?: Meaning | undefined
  /** Which legs to use; both unless somebody measures one alone. */
  legs?: Legs | undefined
  /** Whether pieces of the person's notes are among it; with them unless something else is said. */
  notes?: 'with' | 'only' | 'without' | undefined
  tuning?: Tuning | undefined
}

type Known = Pick<Row, 'n' | 'session' | 'speaker' | 'importance' | 'uses' | 'pinned' | 'valid_from'>

/** Finds memories. Reads only; every step sees nothing beyond the reach of the request. */
export class Searcher {
  readonly #shelves: Shelves
  readonly #words: WordLeg
  readonly #counts: WordCounts
  readonly #find: (request: SearchMemory, options: SearchOptions) => MemoryResult[]
  readonly #texts: () => (n: number) => string
  readonly #sql: ReturnType<typeof statements>

  constructor(db: Db) {
    this.#shelves = new Shelves(db)
    this.#words = new WordLeg(db, TUNING.columns)
    this.#counts = new WordCounts(db)
    this.#texts = textReader(db)
    this.#sql = statements(db)
    // In one transaction: every step sees the same, and none has to look whether somebody wrote.
    this.#find = db.transaction((request, options) => this.#search(request, options))
  }

  search(request: SearchMemory, options: SearchOptions): MemoryResult[] {
    return this.#find(request, options)
  }

  #search(request: SearchMemory, options: SearchOptions): MemoryResult[] {
    const { meaning, legs } = options
    const tuning = legs === 'bare' ? BARE : (options.tuning ?? TUNING)
    const { query, limit } = request
    const notes = options.notes === 'without' ? undefined : (options.notes ?? 'with')
    const past = request.asOf === undefined ? false : undefined
    const ranges = this.#shelves.ranges({ space: request.space, agent: request.agent ?? ANYBODY, past, notes })
    if (ranges.length === 0) return []
    // Those that went are counted, too.
    const entries = ranges.reduce((sum, { from, to }) => sum + to - from, 0)
    const within: Within = {
      entries,
      ranges,
      allowed: this.#allowed(request, ranges),
      most: Math.max(tuning.pool, limit * 2),
      count: this.#counts.within(ranges, entries),
    }
    const textOf = this.#texts()
    const words = legs === 'meaning' ? [] : this.#words.find(query, within)
    const asked =
      meaning && (legs === undefined || legs === 'meaning') ? { ...meaning, vectors: meaning.leg.reader() } : undefined
    const near = asked ? this.#near(words, asked, within) : []
    const candidates = fuse(words, near, fusionOf(words, near, meaning, tuning))
    const top = best(candidates, Math.max(tuning.addedFrom, tuning.alikeFrom))
    if (legs !== 'meaning' && tuning.added > 0 && !hasPhrase(query))
      this.#addWords(candidates, top, query, textOf, within, tuning)
    if (asked) addAlike([...candidates.values()], top, asked, tuning)
    // What comes after cannot lift the others among the results; each that is looked at costs a reading.
    const left = byNumber(best(candidates, Math.max(tuning.looked, limit * 4)))
    const known = this.#look(left, tuning)
    this.#weigh(left, known, query, options.now, tuning)
    if (asked) compareClosely(best(left, Math.max(tuning.closer, limit)), textOf, query, asked, tuning)
    const chosen = choose(left, limit, (n) => known.get(n)!.session, asked?.vectors, tuning)
    return this.#results(chosen)
  }

  /** The nearest in meaning, and how near the hits by words are. */
  #near(words: readonly Hit[], { vector, leg, vectors }: Asked, within: Within): Hit[] {
    const found = leg.find(vector, within.ranges, within.allowed, within.most, vectors)
    const known = new Set(found.map(({ n }) => n))
    const others = scoresOf(
      vector,
      words.flatMap(({ n }) => (known.has(n) ? [] : n)),
      vectors,
    )
    return [...found, ...others].sort((a, b) => b.score - a.score)
  }

  /** Adds what has words that the best hits share and the query lacks. */
  #addWords(
    candidates: Map<number, Candidate>,
    top: readonly Candidate[],
    query: string,
    textOf: (n: number) => string,
    within: Within,
    tuning: Tuning,
  ): void {
    const hits = top.slice(0, tuning.addedFrom).map(({ n, score }) => ({ text: textOf(n), score }))
    const words = tellingWordsOf(hits, query, within.entries, within.count, tuning)
    const found = this.#words.findAdded(words, within).slice(0, within.most / 2)
    for (const { n } of found) if (!candidates.has(n)) candidates.set(n, { n, score: 0, why: { fusion: 'convex', parts: {} } })
    addShares(
      found.map(({ score }) => score),
      found.map(({ n }) => candidates.get(n)!),
      'added',
      tuning.added,
    )
  }

  /** Numbers that the request's conditions hold for; undefined where it has none. */
  #allowed({ types, tags, asOf }: SearchMemory, ranges: readonly Range[]): Set<number> | undefined {
    if (types === undefined && tags === undefined && asOf === undefined) return undefined
    const rows = ranges.flatMap(({ from, to }) =>
      this.#sql.allowed.all({
        from,
        to,
        types: types ? JSON.stringify(types) : null,
        tags: tags ? JSON.stringify(tags) : null,
        asOf: asOf === undefined ? null : parseWhen(asOf),
      }),
    )
    return new Set(rows.map(({ n }) => n))
  }

  /** Reads what the considerations need, and lets hits give to their neighbours. */
  #look(candidates: Map<number, Candidate>, tuning: Tuning): Map<number, Known> {
    const rows = this.#sql.known.all(JSON.stringify([...candidates.keys()]))
    const known = new Map(rows.map((row) => [row.n, row]))
    for (const n of candidates.keys()) if (!known.has(n)) candidates.delete(n)
    const own = new Map([...candidates].map(([n, { score }]) => [n, score]))
    for (const { n, session } of known.values()) {
      if (session === null) continue
      const candidate = candidates.get(n)!
      // Turns of one session stand one after the other unless others were saved between them.
      add(candidate, 'after', tuning.after * sameSession(known, own, n - 1, session))
      add(candidate, 'before', tuning.before * sameSession(known, own, n + 1, session))
    }
    return known
  }

  #weigh(candidates: Map<number, Candidate>, known: Map<number, Known>, query: string, now: string, tuning: Tuning): void {
    const span = timeIn(query, now)
    const today = Date.parse(now)
    // Names that are common words, as Will, are hardly ever meant.
    const named = new Set(tellingWords(wordsOf(query)))
    for (const candidate of candidates.values()) {
      const { speaker, valid_from, importance, uses, pinned } = known.get(candidate.n)!
      if (wordsOf(speaker).some((name) => named.has(name))) add(candidate, 'speaker', tuning.speaker)
      if (span && valid_from >= span.from && valid_from < span.to) add(candidate, 'time', tuning.time)
      const days = Math.max(0, today - Date.parse(valid_from)) / DAY_MS
      add(candidate, 'recency', tuning.recency * 2 ** (-days / 90))
      add(candidate, 'importance', tuning.importance * (importance - 0.5 + pinned / 2))
      add(candidate, 'use', tuning.use * (1 - 1 / (1 + uses)))
    }
  }

  #results(chosen: readonly Candidate[]): MemoryResult[] {
    const shelves = this.#shelves.all()
    return chosen.flatMap(({ n, score, why }) => {
      const row = this.#sql.row.get(n)
      if (!row) return []
      const memory = toMemory(row, shelves.get(shelfOf(n))!)
      return {
        id: memory.id,
        ...(memory.externalId !== undefined && { externalId: memory.externalId }),
        ...(memory.source.session !== undefined && { sessionId: memory.source.session }),
        score,
        why,
        memory,
      }
    })
  }
}

/** The weight was found for model vectors; hashed words say little that the words themselves do not. */
function fusionOf(
  words: readonly Hit[],
  near: readonly Hit[],
  meaning: Meaning | undefined,
  tuning: Tuning,
): { weight: number } | 'rrf' {
  if (words.length === 0 || near.length === 0) return { weight: near.length > 0 ? 1 : 0 }
  return meaning === undefined || meaning.embedder.id.startsWith('hashing-') ? 'rrf' : { weight: tuning.meaning }
}

const sameSession = (known: Map<number, Known>, own: Map<number, number>, n: number, session: string): number =>
  known.get(n)?.session === session ? own.get(n)! : 0

function statements(db: Db) {
  return {
    known: db.prepare<[string], Known>(
      'SELECT n, session, speaker, importance, uses, pinned, valid_from FROM memories WHERE n IN (SELECT value FROM json_each(?))',
    ),
    row: db.prepare<[number], Row>('SELECT * FROM memories WHERE n = ?'),
    allowed: db.prepare<[object], { n: number }>(
      `SELECT n FROM memories WHERE n BETWEEN @from AND @to
       AND (@types IS NULL OR type IN (SELECT value FROM json_each(@types)))
       AND (@tags IS NULL OR EXISTS (SELECT 1 FROM json_each(tags) WHERE value IN (SELECT value FROM json_each(@tags))))
       AND (@asOf IS NULL OR (valid_from <= @asOf AND (valid_to IS NULL OR valid_to > @asOf)))`,
    ),
  }
}
