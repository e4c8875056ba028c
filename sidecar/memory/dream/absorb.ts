import { BY_AGENT, type DreamChangeKind } from '../../contract/index.ts'
import type { Db } from '../../foundation/index.ts'
import { mayChange, trustOf } from '../learn/candidate.ts'
import { merged } from '../learn/merge.ts'
import { textOf } from '../packed.ts'
import { prepared } from '../prepared.ts'
import type { Row } from '../row.ts'
import type { Moves } from './moves.ts'

/** What a row has besides its place, its name and its text. */
export type Fields = Omit<Row, 'n' | 'id' | 'lineage' | 'text' | 'packed'>

/** How things were before one memory went into another. */
export interface AbsorbUndo {
  /** Of the one that went. */
  n: number
  validTo: string | null
  /** Its own past versions. */
  versions: string[]
  /** Uses that the one that stays was given. */
  uses: { at: string; session: string }[]
  /** The one that stays, as it was. */
  before: Fields
  /** The past version that has its text, where that was changed. */
  version?: string | undefined
  /** When it was last changed, by the dream: a later change by somebody else is left alone. */
  left: string
}

interface AbsorbParts {
  db: Db
  moves: Moves
  now(): string
  newId(): string
}

const MOST_TAGS = 32
const isGuarded = (row: Row): boolean => row.pinned === 1 || row.protection !== 'none'
const labelsOf = (row: Row): string[] => JSON.parse(row.taint) as string[]
const tagsOf = (row: Row): string[] => JSON.parse(row.tags) as string[]

/** Lets one memory go into another, which keeps it as a past version. Everything runs in the caller's transaction. */
export class Absorber {
  readonly #parts: AbsorbParts

  constructor(parts: AbsorbParts) {
    this.#parts = parts
  }

  /** Two that say the same. @returns what stays and what went; undefined: they are left as they are */
  merge(newer: Row, older: Row, relation: 'same' | 'near'): { into: Row; gone: Row; undo: AbsorbUndo } | undefined {
    // What a stranger may have written stays by itself: it adds nothing to what is trusted, nor hides behind it.
    if (strange(newer) !== strange(older)) return undefined
    if (relation === 'near' && strange(newer)) return undefined
    const [into, gone] = order(newer, older)
    const joined = merged(
      { text: textOf(newer), tags: tagsOf(newer), importance: newer.importance },
      { text: textOf(older), tags: tagsOf(older), importance: older.importance },
    )
    const text = relation === 'same' ? textOf(into) : joined.text
    const rewrites = text !== textOf(into)
    // A protected text is not rewritten, and less trusted words change none that are trusted more.
    if (isGuarded(gone) && text !== textOf(gone)) return undefined
    if (rewrites && (isGuarded(into) || !mayChange(labelsOf(gone), labelsOf(into)))) return undefined
    if (!rewrites && trustOf(labelsOf(gone)) !== trustOf(labelsOf(into)))
      return { into, gone, undo: this.#absorb(into, gone, {}) }
    const taint = rewrites ? [...new Set([...labelsOf(into), ...labelsOf(gone)])] : labelsOf(into)
    const fields = {
      tags: JSON.stringify(joined.tags),
      importance: joined.importance,
      taint: JSON.stringify(taint),
      uses: into.uses + gone.uses + 1,
      last_used_at: latest(into.last_used_at, gone.last_used_at),
    }
    return { into, gone, undo: this.#absorb(into, gone, fields, text) }
  }

  /** Two that cannot both hold: the newer one stays. @returns undefined: the older one is protected or trusted more */
  supersede(newer: Row, older: Row): { into: Row; gone: Row; undo: AbsorbUndo } | undefined {
    if (isGuarded(older) || !mayChange(labelsOf(newer), labelsOf(older))) return undefined
    // Nor does a stranger's word become a past version of what is trusted: the person is asked.
    if (strange(newer) || strange(older)) return undefined
    return { into: newer, gone: older, undo: this.#absorb(newer, older, {}) }
  }

  /** As a person decided: one goes into the other, which then says this. */
  join(into: Row, gone: Row, text: string): AbsorbUndo {
    const fields = {
      tags: JSON.stringify([...new Set([...tagsOf(into), ...tagsOf(gone)])].slice(0, MOST_TAGS)),
      importance: Math.max(into.importance, gone.importance),
      taint: JSON.stringify([...new Set([...labelsOf(into), ...labelsOf(gone)])]),
      uses: into.uses + gone.uses,
      last_used_at: latest(into.last_used_at, gone.last_used_at),
    }
    return this.#absorb(into, gone, fields, text)
  }

  /** As a person decided. */
  replace(into: Row, gone: Row): void {
    this.#absorb(into, gone, {})
  }

  #absorb(into: Row, gone: Row, fields: Partial<Fields>, text = textOf(into)): AbsorbUndo {
    const { db, moves, now, newId } = this.#parts
    const moment = now()
    const { n: _n, id: _id, lineage: _lineage, text: _text, packed: _packed, ...before } = into
    const rewrites = text !== textOf(into)
    const version = rewrites ? newId() : undefined
    const versions = prepared<[string, string], { id: string }>(db, 'SELECT id FROM memories WHERE lineage = ? AND id <> ?')
      .all(gone.id, gone.id)
      .map(({ id }) => id)
    prepared(db, 'UPDATE memories SET lineage = ? WHERE lineage = ? AND id <> ?').run(into.id, gone.id, gone.id)
    const until = into.valid_from > gone.valid_from ? into.valid_from : gone.valid_from
    moves.intoPast({ ...gone, lineage: into.id, valid_to: until })
    if (version !== undefined)
      moves.addPast({ ...into, id: version, lineage: into.id, pinned: 0, external_id: null, valid_to: until })
    const uses = fields.uses === undefined ? [] : this.#giveUses(into.id, gone)
    // As good as said again with the newer one.
    const updated = fields.uses === undefined ? into.updated_at : (latest(into.updated_at, gone.updated_at) ?? moment)
    if (rewrites || Object.keys(fields).length > 0)
      moves.write({
        ...into,
        ...fields,
        text: rewrites ? text : into.text,
        packed: rewrites ? null : into.packed,
        valid_from: rewrites ? until : into.valid_from,
        updated_at: updated,
      })
    // What rested on the one that went rests on the one that stays.
    prepared(
      db,
      'INSERT OR IGNORE INTO memory_rests (memory, source) SELECT memory, ? FROM memory_rests WHERE source = ? AND memory <> ?',
    ).run(into.id, gone.id, into.id)
    prepared(db, 'UPDATE memory_questions SET about = ? WHERE about = ?').run(into.id, gone.id)
    return { n: gone.n, validTo: gone.valid_to, versions, uses, before, ...(version !== undefined && { version }), left: updated }
  }

  /** Its uses count for the one that stays, and that it was said once more. */
  #giveUses(into: string, gone: Row): AbsorbUndo['uses'] {
    const { db } = this.#parts
    const own = prepared<[string], { at: string; session: string }>(db, 'SELECT at, session FROM memory_uses WHERE id = ?').all(
      gone.id,
    )
    const add = prepared(db, 'INSERT OR IGNORE INTO memory_uses (id, at, session) VALUES (?, ?, ?)')
    return [...own, { at: gone.updated_at, session: gone.session ?? '' }].filter(
      ({ at, session }) => add.run(into, at, session).changes > 0,
    )
  }
}

const strange = (row: Row): boolean => trustOf(labelsOf(row)) === 'stranger'

/** Which stays: the more trusted, the protected, else the older, whose id others know. */
function order(newer: Row, older: Row): [into: Row, gone: Row] {
  const rank = (row: Row): number => (labelsOf(row).includes(BY_AGENT) ? 0 : 2) + (isGuarded(row) ? 1 : 0)
  return rank(newer) > rank(older) ? [newer, older] : [older, newer]
}

const latest = (a: string | null, b: string | null): string | null => (a === null || (b !== null && b > a) ? b : a)

/** Kinds of changes in which one memory went into another. */
export const ABSORBING: ReadonlySet<DreamChangeKind> = new Set<DreamChangeKind>(['merged', 'superseded'])
