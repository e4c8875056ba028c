import { setImmediate as breathe } from 'node:timers/promises'
import { BY_AGENT, type SaveMemory } from '../../contract/index.ts'
import type { Db } from '../../foundation/index.ts'
import { trustOf } from '../learn/candidate.ts'
import { textOf } from '../packed.ts'
import { prepared } from '../prepared.ts'
import { restOn } from '../rests.ts'
import type { Row } from '../row.ts'
import { rangeOf } from '../shelf.ts'
import type { MemoryStore } from '../store.ts'
import type { NewChange } from './dream-log.ts'
import type { Moves } from './moves.ts'
import { LEVELS, type Level, periodOf } from './periods.ts'
import type { RewriteUndo } from './undo.ts'

/** What a digest must at least be made of. */
const FEWEST: Readonly<Record<Level, number>> = { day: 4, week: 2, month: 2, all: 1 }
/** Sentences of each. */
export const SENTENCES: Readonly<Record<Level, number>> = { day: 3, week: 4, month: 5, all: 8 }
/** More are not looked at for one. */
const MOST_SOURCES = 500
const MOST_TEXT = 2000
/** Rows read at once. */
const PAGE = 200
export const DIGEST_TAG = 'digest'

/** A digest that is missing, or lacks something. */
export interface Due {
  level: Level
  period: string
  /** The name it has in its space. */
  key: string
  space: string
  agent: string
  /** Ids of what it is made of. */
  sources: string[]
  existing: string | undefined
}

type Source = Pick<Row, 'id' | 'n' | 'type' | 'tags' | 'taint' | 'valid_from'>

interface DigestParts {
  db: Db
  store: MemoryStore
  moves: Moves
}

/** Sums up days, of days weeks, of weeks months, and of months all. What strangers may have written is summed up apart. */
export class Digests {
  readonly #parts: DigestParts

  constructor(parts: DigestParts) {
    this.#parts = parts
  }

  /** Those of one shelf and level that are due. A period that is not over yet is left for later. @param today its day */
  async due(shelf: { number: number; space: string; agent: string }, level: Level, today: string): Promise<Due[]> {
    const { from, to } = rangeOf(shelf.number)
    const buckets = new Map<string, Source[]>()
    const page = prepared<[number, number, number], Source>(
      this.#parts.db,
      'SELECT id, n, type, tags, taint, valid_from FROM memories WHERE n > ? AND n <= ? ORDER BY n LIMIT ?',
    )
    for (let after = from; ; ) {
      const rows = page.all(after, to, PAGE)
      for (const row of rows) {
        const period = periodOf(level, row.valid_from)
        if (!isSource(row, level) || (level !== 'all' && period >= periodOf(level, today))) continue
        const key = trustOf(JSON.parse(row.taint) as string[]) === 'stranger' ? `${period} of others` : period
        const bucket = buckets.get(key) ?? []
        buckets.set(key, bucket)
        if (bucket.length < MOST_SOURCES) bucket.push(row)
      }
      if (rows.length < PAGE) break
      after = rows.at(-1)!.n
      await breathe()
    }
    const due: Due[] = []
    for (const [period, sources] of buckets) {
      if (sources.length < FEWEST[level]) continue
      const key = `digest ${period}`
      const existing = this.#named(key, from, to)
      if (existing !== undefined && this.#holds(existing, sources)) continue
      sources.sort((a, b) => (a.valid_from < b.valid_from ? -1 : a.valid_from > b.valid_from ? 1 : a.n - b.n))
      const { space, agent } = shelf
      due.push({ level, period, key, space, agent, sources: sources.map(({ id }) => id), existing })
      await breathe()
    }
    return due
  }

  /** What its sources say, oldest first; those that went meanwhile are left out. */
  sources({ sources }: Due): { id: string; text: string; taint: string[]; at: string }[] {
    return sources.flatMap((id) => {
      const row = this.#parts.moves.current(id)
      return row
        ? [
            {
              id,
              text: `${row.speaker === '' ? '' : `${row.speaker}: `}${textOf(row)}`,
              taint: JSON.parse(row.taint) as string[],
              at: row.valid_from,
            },
          ]
        : []
    })
  }

  /** Writes a digest, in the caller's transaction. @returns undefined where too little is left to sum up */
  write(due: Due, text: string): NewChange | undefined {
    const { db, store, moves } = this.#parts
    const sources = this.sources(due)
    const [first] = sources
    if (!first || sources.length < FEWEST[due.level] || text.trim() === '') return undefined
    const taint = [...new Set([BY_AGENT, ...sources.flatMap((source) => source.taint)])]
    const short = text.trim().slice(0, MOST_TEXT).toWellFormed()
    const { space, level } = due
    const old = due.existing === undefined ? undefined : moves.current(due.existing)
    const ids = sources.map(({ id }) => id)
    if (old) {
      const { n: _n, id: _id, lineage: _lineage, text: _text, packed: _packed, ...before } = old
      const known = new Set(versionsOf(db, old.id))
      const next = store.update({ id: old.id as never, text: short, taint, validFrom: old.valid_from })
      const version = versionsOf(db, old.id).find((id) => !known.has(id))
      restOn(db, next.id, ids)
      const undo: RewriteUndo = { before, version, left: next.updatedAt }
      return { kind: 'digested', space, memory: next.id, other: due.period, undo }
    }
    const input: SaveMemory = {
      text: short,
      type: 'session',
      tags: [DIGEST_TAG, level],
      importance: 0.3,
      protection: 'none',
      pinned: false,
      space,
      source: {},
      taint,
      externalId: due.key,
      validFrom: first.at,
      ...(due.agent !== '' && { agent: due.agent }),
    }
    const saved = store.save(input)
    restOn(db, saved.id, ids)
    const undo: RewriteUndo = { left: saved.updatedAt }
    return { kind: 'digested', space, memory: saved.id, other: due.period, undo }
  }

  #named(key: string, from: number, to: number): string | undefined {
    return prepared<[string, number, number], { id: string }>(
      this.#parts.db,
      'SELECT id FROM memories WHERE external_id = ? AND n BETWEEN ? AND ?',
    ).get(key, from, to)?.id
  }

  #holds(digest: string, sources: readonly Source[]): boolean {
    const known = new Set(
      prepared<[string], { source: string }>(this.#parts.db, 'SELECT source FROM memory_rests WHERE memory = ?')
        .all(digest)
        .map(({ source }) => source),
    )
    return sources.every(({ id }) => known.has(id))
  }
}

/** Days are made of what was kept; weeks of days, and so on. */
function isSource({ type, tags }: Source, level: Level): boolean {
  const below = LEVELS[LEVELS.indexOf(level) - 1]
  const labels = JSON.parse(tags) as string[]
  const digest = type === 'session' && labels.includes(DIGEST_TAG)
  return below === undefined ? !digest && type !== 'reasoning' : digest && labels.includes(below)
}

const versionsOf = (db: Db, id: string): string[] =>
  prepared<[string, string], { id: string }>(db, 'SELECT id FROM memories WHERE lineage = ? AND id <> ?')
    .all(id, id)
    .map((row) => row.id)
