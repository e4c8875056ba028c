import type { MemoryId, MemoryQuestion, MemoryType, QuestionId } from '../../contract/index.ts'
import { type Clock, type Db, type Ids, OxbowError } from '../../foundation/index.ts'
import { type MaybePacked, textOf } from '../packed.ts'
import { wordsOf } from '../words.ts'
import type { Candidate } from './candidate.ts'

/** Questions that may wait in one space; past it the oldest go, as nobody answered them for so long. */
const MOST_OPEN = 200

/** A candidate as it waits, with where it would belong. */
export interface Waiting extends Omit<Candidate, 'text'> {
  session?: string | undefined
}

interface Row {
  id: string
  kind: MemoryQuestion['kind']
  space: string
  agent: string
  text: string
  candidate: string
  about: string | null
  asked_at: string
}

export interface NewQuestion {
  kind: MemoryQuestion['kind']
  space: string
  agent: string
  candidate: Candidate
  session?: string | undefined
  about?: string | undefined
}

/** What a question holds for the one who carries out its answer. */
export interface Asked extends NewQuestion {
  id: QuestionId
}

/** Questions to the person. Their candidates are no memories: nothing finds them until they are answered. */
export class Questions {
  readonly #db: Db
  readonly #clock: Clock
  readonly #ids: Ids

  constructor(db: Db, clock: Clock, ids: Ids) {
    this.#db = db
    this.#clock = clock
    this.#ids = ids
  }

  /** Asks, unless the same is asked already. @returns whether it was new */
  ask({ kind, space, agent, candidate, session, about }: NewQuestion): boolean {
    const { text, ...rest } = candidate
    const known = this.#db
      .prepare<object, { id: string }>(
        'SELECT id FROM memory_questions WHERE space = @space AND agent = @agent AND lower(text) = lower(@text) AND about IS @about',
      )
      .get({ space, agent, text, about: about ?? null })
    if (known) return false
    const waiting: Waiting = { ...rest, ...(session !== undefined && { session }) }
    this.#db
      .prepare(
        'INSERT INTO memory_questions (id, kind, space, agent, text, candidate, about, asked_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)',
      )
      .run(this.#ids.question(), kind, space, agent, text, JSON.stringify(waiting), about ?? null, this.#clock.iso())
    this.#db
      .prepare(
        `DELETE FROM memory_questions WHERE space = @space AND id IN
         (SELECT id FROM memory_questions WHERE space = @space ORDER BY asked_at DESC, id DESC LIMIT -1 OFFSET @most)`,
      )
      .run({ space, most: MOST_OPEN })
    return true
  }

  /** Newest first. @param space absent: of all */
  list({ space, limit }: { space?: string | undefined; limit: number }): MemoryQuestion[] {
    const about = this.#db.prepare<[string], MaybePacked>('SELECT text, packed FROM memories WHERE id = ?')
    return this.#db
      .prepare<object, Row>(
        'SELECT * FROM memory_questions WHERE (@space IS NULL OR space = @space) ORDER BY asked_at DESC, id DESC LIMIT @limit',
      )
      .all({ space: space ?? null, limit })
      .map((row) => {
        const known = row.about === null ? undefined : about.get(row.about)
        return toQuestion(row, known && textOf(known))
      })
  }

  count(): number {
    return this.#db.prepare<[], { n: number }>('SELECT count(*) AS n FROM memory_questions').get()!.n
  }

  /** Takes a question out, to carry out its answer in the same transaction. @throws OxbowError `memory.noQuestion` */
  take(id: QuestionId): Asked {
    const row = this.#db.prepare<[string], Row>('DELETE FROM memory_questions WHERE id = ? RETURNING *').get(id)
    if (!row)
      throw new OxbowError(
        'NOT_FOUND',
        'memory.noQuestion',
        `no question ${id} is open`,
        'It was answered already, or forgotten.',
      )
    const { session, ...candidate } = JSON.parse(row.candidate) as Waiting
    return {
      id,
      kind: row.kind,
      space: row.space,
      agent: row.agent,
      candidate: { ...candidate, text: row.text },
      session,
      ...(row.about !== null && { about: row.about }),
    }
  }

  /** Those that all of the given conditions hold for. */
  named({
    query,
    space,
    from,
    to,
  }: {
    query?: string | undefined
    space?: string | undefined
    from?: string | undefined
    to?: string | undefined
  }): string[] {
    const words = query === undefined ? [] : wordsOf(query)
    return this.#db
      .prepare<object, { id: string; text: string }>(
        `SELECT id, text FROM memory_questions WHERE (@space IS NULL OR space = @space)
         AND (@from IS NULL OR asked_at >= @from) AND (@to IS NULL OR asked_at < @to)`,
      )
      .all({ space: space ?? null, from: from ?? null, to: to ?? null })
      .filter(({ text }) => {
        const said = new Set(wordsOf(text))
        return words.every((word) => said.has(word))
      })
      .map(({ id }) => id)
  }

  remove(ids: readonly string[]): void {
    this.#db.prepare('DELETE FROM memory_questions WHERE id IN (SELECT value FROM json_each(?))').run(JSON.stringify(ids))
  }
}

/** @param about what the memory says now that it may replace */
function toQuestion(row: Row, about: string | undefined): MemoryQuestion {
  const { type, taint, session } = JSON.parse(row.candidate) as Waiting
  return {
    id: row.id as QuestionId,
    kind: row.kind,
    space: row.space,
    text: row.text,
    type: type as MemoryType,
    taint: [...taint],
    ...(session !== undefined && { session }),
    ...(about !== undefined && { about: { id: row.about as MemoryId, text: about } }),
    askedAt: row.asked_at,
  }
}
