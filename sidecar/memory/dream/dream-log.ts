import type {
  Dream,
  DreamCause,
  DreamChange,
  DreamChangeKind,
  DreamCounts,
  DreamId,
  DreamPhase,
  MemoryId,
} from '../../contract/index.ts'
import { type Clock, type Db, type Ids, OxbowError } from '../../foundation/index.ts'
import { type MaybePacked, textOf } from '../packed.ts'
import { prepared } from '../prepared.ts'
import type { Told } from '../told.ts'

/** Dreams that are kept; of older ones the reports go, and what they changed stays. */
const MOST_KEPT = 400

export const NOTHING_DREAMED: DreamCounts = {
  looked: 0,
  duplicates: 0,
  contradictions: 0,
  unsure: 0,
  repeated: 0,
  promotions: 0,
  stale: 0,
  hotOverflow: 0,
  secrets: 0,
  spared: 0,
  merged: 0,
  superseded: 0,
  generalised: 0,
  digested: 0,
  promoted: 0,
  packed: 0,
  removed: 0,
}

interface DreamRow {
  id: DreamId
  cause: DreamCause
  state: Dream['state']
  phase: DreamPhase
  place: number
  since: string
  started_at: string
  ended_at: string | null
  ms: number
  tokens: number
  cost: number
  counts: string
  fault: string | null
}

/** A dream as far as it has come. */
export interface Progress {
  id: DreamId
  cause: DreamCause
  phase: DreamPhase
  /** The last row, or step, of this phase that is done. */
  place: number
  since: string
  startedAt: string
  ms: number
  tokens: number
  costMicros: number
  counts: DreamCounts
}

interface ChangeRow {
  dream: DreamId
  seq: number
  kind: DreamChangeKind
  space: string
  memory: MemoryId
  other: string | null
  undo: string | null
  at: string
  undone_at: string | null
}

/** A change with how things were before it. */
export interface Kept {
  seq: number
  kind: DreamChangeKind
  memory: MemoryId
  other: string | undefined
  undo: unknown
}

export interface NewChange {
  kind: DreamChangeKind
  space: string
  memory: string
  other?: string | undefined
  /** How things were; absent: it is final. */
  undo?: object | undefined
}

const UNDOABLE = 'undo IS NOT NULL AND undone_at IS NULL'

/** Dreams in the database: how far each has come, and every change that it made. */
export class DreamLog {
  readonly #db: Db
  readonly #clock: Clock
  readonly #ids: Ids
  readonly #changed: Told | undefined

  constructor(db: Db, clock: Clock, ids: Ids, changed?: Told) {
    this.#changed = changed
    this.#db = db
    this.#clock = clock
    this.#ids = ids
  }

  /** The dream that is not at its end yet: it goes on before another one begins. */
  unfinished(): Progress | undefined {
    const row = prepared<[], DreamRow>(
      this.#db,
      `SELECT * FROM memory_dreams WHERE state IN ('running', 'paused') ORDER BY started_at LIMIT 1`,
    ).get()
    return row && toProgress(row)
  }

  /** When the last dream that came to its end began; empty: there was none. */
  lastBegan(): string {
    return (
      prepared<[], { at: string }>(
        this.#db,
        `SELECT started_at AS at FROM memory_dreams WHERE state = 'done' AND cause <> 'merge' ORDER BY at DESC LIMIT 1`,
      ).get()?.at ?? ''
    )
  }

  begin(cause: DreamCause): Progress {
    const since = this.lastBegan()
    const id = this.#ids.dream()
    const startedAt = this.#clock.iso()
    prepared(
      this.#db,
      `INSERT INTO memory_dreams (id, cause, state, phase, since, started_at, counts) VALUES (?, ?, 'running', 'orient', ?, ?, ?)`,
    ).run(id, cause, since, startedAt, JSON.stringify(NOTHING_DREAMED))
    const old = `SELECT id FROM memory_dreams ORDER BY started_at DESC LIMIT -1 OFFSET ${MOST_KEPT}`
    prepared(this.#db, `DELETE FROM memory_dream_changes WHERE dream IN (${old})`).run()
    prepared(this.#db, `DELETE FROM memory_dreams WHERE id IN (${old})`).run()
    const counts = { ...NOTHING_DREAMED }
    return { id, cause, phase: 'orient', place: 0, since, startedAt, ms: 0, tokens: 0, costMicros: 0, counts }
  }

  /** Writes how far it has come, in the transaction of what it did. */
  reached({ id, phase, place, ms, tokens, costMicros, counts }: Progress): void {
    prepared(
      this.#db,
      `UPDATE memory_dreams SET state = 'running', phase = ?, place = ?, ms = ?, tokens = ?, cost = ?, counts = ? WHERE id = ?`,
    ).run(phase, place, ms, tokens, costMicros, JSON.stringify(counts), id)
  }

  end({ id, ms }: Progress, state: 'paused' | 'done' | 'failed', fault?: string): void {
    const ended = state === 'paused' ? null : this.#clock.iso()
    prepared(this.#db, 'UPDATE memory_dreams SET state = ?, ended_at = ?, ms = ?, fault = ? WHERE id = ?').run(
      state,
      ended,
      ms,
      fault ?? null,
      id,
    )
  }

  /** Adds a change. @returns its number */
  add(dream: DreamId, { kind, space, memory, other, undo }: NewChange, by: 'dream' | 'person' = 'dream'): number {
    const { seq } = prepared<[string], { seq: number }>(
      this.#db,
      'SELECT COALESCE(max(seq), 0) + 1 AS seq FROM memory_dream_changes WHERE dream = ?',
    ).get(dream)!
    prepared(
      this.#db,
      'INSERT INTO memory_dream_changes (dream, seq, kind, space, memory, other, undo, at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)',
    ).run(dream, seq, kind, space, memory, other ?? null, undo ? JSON.stringify(undo) : null, this.#clock.iso())
    if (by === 'person') return seq
    const ids = [memory, ...(other?.startsWith('mem_') ? [other] : [])]
    this.#changed?.({ what: kind, by: 'dream', ids, space, text: kind === 'removed' ? undefined : this.#said(memory), dream })
    return seq
  }

  /** Whether a person took this very change back before: it is not made again. */
  wasUndone(memory: string, other: string): boolean {
    return (
      prepared<object, { there: number }>(
        this.#db,
        `SELECT 1 AS there FROM memory_dream_changes WHERE undone_at IS NOT NULL
           AND ((memory = @memory AND other = @other) OR (memory = @other AND other = @memory)) LIMIT 1`,
      ).get({ memory, other }) !== undefined
    )
  }

  /** Whether a person took back the digest of this period. */
  digestUndone(space: string, period: string): boolean {
    return (
      prepared<[string, string], unknown>(
        this.#db,
        'SELECT 1 FROM memory_dream_changes WHERE other = ? AND space = ? AND undone_at IS NOT NULL LIMIT 1',
      ).get(period, space) !== undefined
    )
  }

  list(limit: number): Dream[] {
    return prepared<[number], DreamRow>(this.#db, 'SELECT * FROM memory_dreams ORDER BY started_at DESC, id DESC LIMIT ?')
      .all(limit)
      .map((row) => this.#dream(row))
  }

  /** @throws OxbowError `memory.noDream` */
  get(id: DreamId): Dream {
    const row = prepared<[string], DreamRow>(this.#db, 'SELECT * FROM memory_dreams WHERE id = ?').get(id)
    if (row) return this.#dream(row)
    throw new OxbowError('NOT_FOUND', 'memory.noDream', `there is no dream ${id}`, 'List the dreams for their ids.')
  }

  /** Its changes, in their order, with what the memories say now. */
  changes(id: DreamId, after: number, limit: number): DreamChange[] {
    return prepared<[string, number, number], ChangeRow>(
      this.#db,
      'SELECT * FROM memory_dream_changes WHERE dream = ? AND seq > ? ORDER BY seq LIMIT ?',
    )
      .all(id, after, limit)
      .map((row) => {
        const about = row.other?.startsWith('mem_') ? { other: row.other as MemoryId } : undefined
        const [now, then] = [this.#said(row.memory), about && this.#said(about.other)]
        return {
          seq: row.seq,
          kind: row.kind,
          space: row.space,
          memory: row.memory,
          ...(now !== undefined && { text: now }),
          ...about,
          ...(then !== undefined && { otherText: then }),
          ...(row.other !== null && !about && { period: row.other }),
          at: row.at,
          undoable: row.undo !== null && row.undone_at === null,
          ...(row.undone_at !== null && { undoneAt: row.undone_at }),
        }
      })
  }

  /** Those that can be taken back, the last first. @param only their numbers; absent: all */
  undoable(id: DreamId, only: readonly number[] | undefined, limit: number): Kept[] {
    return prepared<object, ChangeRow>(
      this.#db,
      `SELECT * FROM memory_dream_changes WHERE dream = @id AND ${UNDOABLE}
         AND (@only IS NULL OR seq IN (SELECT value FROM json_each(@only))) ORDER BY seq DESC LIMIT @limit`,
    )
      .all({ id, only: only ? JSON.stringify(only) : null, limit })
      .map(({ seq, kind, memory, other, undo }) => ({
        seq,
        kind,
        memory,
        other: other ?? undefined,
        undo: JSON.parse(undo!) as unknown,
      }))
  }

  /** It is taken back, or cannot be any more; how things were is no longer kept. */
  close(id: DreamId, seq: number, undone: boolean): void {
    prepared(this.#db, 'UPDATE memory_dream_changes SET undo = NULL, undone_at = ? WHERE dream = ? AND seq = ?').run(
      undone ? this.#clock.iso() : null,
      id,
      seq,
    )
  }

  /** What a memory says now; undefined where it is gone. */
  #said(memory: string): string | undefined {
    const row = prepared<[string], MaybePacked>(this.#db, 'SELECT text, packed FROM memories WHERE id = ?').get(memory)
    return row && textOf(row)
  }

  #dream(row: DreamRow): Dream {
    const { undoable, undone } = prepared<[string], { undoable: number; undone: number }>(
      this.#db,
      `SELECT count(*) FILTER (WHERE ${UNDOABLE}) AS undoable, count(undone_at) AS undone FROM memory_dream_changes WHERE dream = ?`,
    ).get(row.id)!
    const { id, cause, startedAt, phase, ms, tokens, costMicros, counts } = toProgress(row)
    return {
      id,
      cause,
      state: row.state,
      phase,
      startedAt,
      ...(row.ended_at !== null && { endedAt: row.ended_at }),
      ms,
      tokens,
      costMicros,
      counts,
      undoable,
      undone,
      ...(row.fault !== null && { fault: row.fault }),
    }
  }
}

const toProgress = (row: DreamRow): Progress => ({
  id: row.id,
  cause: row.cause,
  phase: row.phase,
  place: row.place,
  since: row.since,
  startedAt: row.started_at,
  ms: row.ms,
  tokens: row.tokens,
  costMicros: row.cost,
  counts: { ...NOTHING_DREAMED, ...(JSON.parse(row.counts) as Partial<DreamCounts>) },
})
