import type { MemoryResult, SearchMemory } from '../../contract/index.ts'
import type { Db } from '../../foundation/index.ts'
import type { Embedder } from '../embedding/embedder.ts'
import { type Row, toMemory } from '../row.ts'
import { ANYBODY, type Range, Shelves, shelfOf } from '../shelf.ts'
import type { Legs } from '../thread/protocol.ts'
import { parseWhen } from '../when.ts'
import { type Candidate, fuse } from './fuse.ts'
import type { Hit } from './hit.ts'
import { timeIn } from './time-expression.ts'
import { BARE, TUNING, type Tuning } from './tuning.ts'
import { likeness } from './vector.ts'
import type { VectorLeg } from './vector-leg.ts'
import { type Within, WordLeg } from './word-leg.ts'

/** Vectors at least this alike say the same. */
const TWINS = 0.96
/** Candidates that are looked at closer, for each result wanted. */
const CLOSER = 8
const DAY_MS = 86_400_000

/** What search by meaning needs; absent as long as there is no index of vectors. */
export interface Meaning {
  embedder: Embedder
  leg: VectorLeg
}

export interface SearchOptions {
  /** ISO 8601: what "yesterday" is told from. */
  now: string
  meaning?: Meaning | undefined
  /** Which legs to use; both unless somebody measures one alone. */
  legs?: Legs | undefined
  tuning?: Tuning | undefined
}

type Known = Pick<Row, 'n' | 'session' | 'importance' | 'uses' | 'pinned' | 'valid_from'>

/** Finds memories. Reads only; every step sees nothing beyond the reach of the request. */
export class Searcher {
  readonly #shelves: Shelves
  readonly #words: WordLeg
  readonly #sql: ReturnType<typeof statements>

  constructor(db: Db) {
    this.#shelves = new Shelves(db)
    this.#words = new WordLeg(db, TUNING.columns)
    this.#sql = statements(db)
  }

  async search(request: SearchMemory, options: SearchOptions): Promise<MemoryResult[]> {
    const { meaning, legs } = options
    const tuning = legs === 'bare' ? BARE : (options.tuning ?? TUNING)
    const { query, limit } = request
    const past = request.asOf === undefined ? false : undefined
    const ranges = this.#shelves.ranges({ space: request.space, agent: request.agent ?? ANYBODY, past })
    if (ranges.length === 0) return []
    const within = { ranges, allowed: this.#allowed(request, ranges), most: Math.max(tuning.pool, limit * 2) }
    const words = legs === 'meaning' ? [] : this.#words.find(query, within, tuning)
    const near = meaning && (legs === undefined || legs === 'meaning') ? await this.#near(query, words, meaning, within) : []
    const candidates = fuse(words, near, fusionOf(words, near, meaning, tuning))
    const known = this.#look(candidates, tuning)
    this.#weigh(candidates, known, query, { ...options, tuning })
    const chosen = this.#choose(candidates, known, limit, meaning?.leg, tuning)
    return this.#results(chosen)
  }

  /** The nearest in meaning, and how near the hits by words are. */
  async #near(query: string, words: readonly Hit[], { embedder, leg }: Meaning, within: Within): Promise<Hit[]> {
    const [vector] = (await embedder.embed([query])) as [Float32Array]
    const found = leg.find(vector, within.ranges, within.allowed, within.most)
    const known = new Set(found.map(({ n }) => n))
    const others = words.flatMap(({ n }) => (known.has(n) ? [] : (leg.score(vector, n) ?? [])))
    return [...found, ...others].sort((a, b) => b.score - a.score)
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

  /** Reads what the considerations need, and lets hits give to their neighbours and sessions. */
  #look(candidates: Map<number, Candidate>, tuning: Tuning): Map<number, Known> {
    const known = new Map<number, Known>()
    for (const { n } of candidates.values()) {
      const row = this.#sql.known.get(n)
      if (row) known.set(n, row)
      else candidates.delete(n)
    }
    const own = new Map([...candidates].map(([n, { score }]) => [n, score]))
    const sessions = new Map<string, number[]>()
    for (const { n, session } of known.values()) {
      if (session === null) continue
      const score = own.get(n)!
      const place = `${shelfOf(n)} ${session}`
      sessions.set(place, [...(sessions.get(place) ?? []), score])
      const candidate = candidates.get(n)!
      // Turns of one session stand one after the other unless others were saved between them.
      add(candidate, 'after', tuning.after * sameSession(known, own, n - 1, session))
      add(candidate, 'before', tuning.before * sameSession(known, own, n + 1, session))
    }
    const sums = new Map([...sessions].map(([place, scores]) => [place, strength(scores)]))
    const most = Math.max(...sums.values(), 1e-6)
    for (const { n, session } of known.values())
      if (session !== null) add(candidates.get(n)!, 'session', (tuning.session * sums.get(`${shelfOf(n)} ${session}`)!) / most)
    return known
  }

  #weigh(
    candidates: Map<number, Candidate>,
    known: Map<number, Known>,
    query: string,
    { now, tuning = TUNING }: SearchOptions,
  ): void {
    const span = timeIn(query, now)
    for (const candidate of candidates.values()) {
      const { valid_from, importance, uses, pinned } = known.get(candidate.n)!
      if (span && valid_from >= span.from && valid_from < span.to) add(candidate, 'time', tuning.time)
      const days = Math.max(0, Date.parse(now) - Date.parse(valid_from)) / DAY_MS
      add(candidate, 'recency', tuning.recency * 2 ** (-days / 90))
      add(candidate, 'importance', tuning.importance * (importance - 0.5 + pinned / 2))
      add(candidate, 'use', tuning.use * (1 - 1 / (1 + uses)))
    }
  }

  /** The best, where each further one of a session or of the same content counts less. */
  #choose(
    candidates: Map<number, Candidate>,
    known: Map<number, Known>,
    limit: number,
    leg: VectorLeg | undefined,
    tuning: Tuning,
  ): Candidate[] {
    const pool = [...candidates.values()].sort((a, b) => b.score - a.score).slice(0, limit * CLOSER)
    const vectors = new Map(pool.map(({ n }) => [n, leg?.vector(n)]))
    const keeps = new Map(pool.map(({ n }) => [n, 1]))
    const chosen: Candidate[] = []
    while (chosen.length < limit && pool.length > 0) {
      let best = 0
      for (let at = 1; at < pool.length; at++)
        if (pool[at]!.score * keeps.get(pool[at]!.n)! > pool[best]!.score * keeps.get(pool[best]!.n)!) best = at
      const [next] = pool.splice(best, 1) as [Candidate]
      const kept = keeps.get(next.n)!
      if (kept < 1) add(next, 'diversity', next.score * (kept - 1))
      chosen.push(next)
      const session = known.get(next.n)!.session
      const vector = vectors.get(next.n)
      for (const { n } of pool) {
        const other = vectors.get(n)
        const repeats = session !== null && known.get(n)!.session === session ? tuning.repeat : 1
        const twins = vector && other && likeness(vector, other) >= TWINS ? tuning.twin : 1
        if (repeats * twins < 1) keeps.set(n, keeps.get(n)! * repeats * twins)
      }
    }
    return chosen
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

function add(candidate: Candidate, part: string, value: number): void {
  if (value === 0) return
  candidate.score += value
  candidate.why.parts[part] = (candidate.why.parts[part] ?? 0) + value
}

const sameSession = (known: Map<number, Known>, own: Map<number, number>, n: number, session: string): number =>
  known.get(n)?.session === session ? own.get(n)! : 0

/** Of a session's hits: the best one counts whole, the next ones ever less. */
const strength = (scores: number[]): number =>
  scores
    .sort((a, b) => b - a)
    .slice(0, 3)
    .reduce((sum, score, at) => sum + score / (at + 1), 0)

function statements(db: Db) {
  return {
    known: db.prepare<[number], Known>('SELECT n, session, importance, uses, pinned, valid_from FROM memories WHERE n = ?'),
    row: db.prepare<[number], Row>('SELECT * FROM memories WHERE n = ?'),
    allowed: db.prepare<[object], { n: number }>(
      `SELECT n FROM memories WHERE n BETWEEN @from AND @to
       AND (@types IS NULL OR type IN (SELECT value FROM json_each(@types)))
       AND (@tags IS NULL OR EXISTS (SELECT 1 FROM json_each(tags) WHERE value IN (SELECT value FROM json_each(@tags))))
       AND (@asOf IS NULL OR (valid_from <= @asOf AND (valid_to IS NULL OR valid_to > @asOf)))`,
    ),
  }
}
