import { setImmediate as breathe } from 'node:timers/promises'
import type { UndoDream } from '../../contract/index.ts'
import type { Db } from '../../foundation/index.ts'
import { textOf } from '../packed.ts'
import { ABSORBING, type AbsorbUndo, type Fields } from './absorb.ts'
import type { DreamLog, Kept } from './dream-log.ts'
import type { Moves } from './moves.ts'

/** Taken back in one transaction: few, as each moves several rows. */
const SLICE = 2

/** How a digest, or a memory that was given more weight, was before. */
export interface RewriteUndo {
  /** Absent: the dream made it. */
  before?: Fields | undefined
  /** The past version that has its text, where that was changed. */
  version?: string | undefined
  left: string
}

export interface UndoParts {
  db: Db
  log: DreamLog
  moves: Moves
  /** One transaction, whose changes are told after it. */
  together<T>(work: () => T): T
  /** Removes memories that a dream made, with what rests on them. */
  forget(ids: readonly string[]): Promise<void>
}

/** Takes back what a dream changed: the last change first, so that each finds things as it left them. */
export class Undo {
  readonly #parts: UndoParts

  constructor(parts: UndoParts) {
    this.#parts = parts
  }

  /** @returns how many were taken back, and how many could not be: what they changed was forgotten or changed since */
  async run({ id, changes: only }: UndoDream): Promise<{ undone: number; kept: number }> {
    const { log, together, forget } = this.#parts
    log.get(id)
    const counts = { undone: 0, kept: 0 }
    for (;;) {
      const slice = log.undoable(id, only, SLICE)
      if (slice.length === 0) return counts
      const made: string[] = []
      together(() => {
        for (const change of slice) {
          const how = this.#one(change)
          if (how === 'made') made.push(change.memory)
          log.close(id, change.seq, how !== 'kept')
          counts[how === 'kept' ? 'kept' : 'undone']++
        }
      })
      if (made.length > 0) await forget(made)
      await breathe()
    }
  }

  #one({ kind, memory, other, undo }: Kept): 'undone' | 'made' | 'kept' {
    if (ABSORBING.has(kind)) return other !== undefined && this.#apart(memory, other, undo as AbsorbUndo) ? 'undone' : 'kept'
    const { before, version, left } = undo as RewriteUndo
    if (!before) return this.#parts.moves.current(memory) ? 'made' : 'kept'
    return this.#asBefore(memory, before, version, left) ? 'undone' : 'kept'
  }

  /** The one that went holds again, under the number that it had. */
  #apart(into: string, gone: string, undo: AbsorbUndo): boolean {
    const { db, moves } = this.#parts
    const row = moves.named(gone)
    if (!row || row.lineage === row.id || moves.row(undo.n)) return false
    const { lineage } = row
    this.#asBefore(into, undo.before, undo.version, undo.left)
    db.prepare(
      'DELETE FROM memory_uses WHERE id = ? AND (at, session) IN (SELECT value ->> 0, value ->> 1 FROM json_each(?))',
    ).run(into, JSON.stringify(undo.uses.map(({ at, session }) => [at, session])))
    moves.back({ ...row, text: textOf(row), packed: null, lineage: gone, valid_to: undo.validTo }, undo.n)
    db.prepare('UPDATE memories SET lineage = ? WHERE lineage = ? AND id IN (SELECT value FROM json_each(?))').run(
      gone,
      lineage,
      JSON.stringify(undo.versions),
    )
    return true
  }

  /** @returns false where it was changed or went since: then it stays as it is */
  #asBefore(id: string, before: Fields, version: string | undefined, left: string): boolean {
    const { moves } = this.#parts
    const row = moves.current(id)
    if (row?.updated_at !== left) return false
    const past = version === undefined ? undefined : moves.named(version)
    if (version !== undefined && !past) return false
    moves.write({ ...row, ...before, ...(past && { text: textOf(past), packed: null }) })
    if (past) moves.remove(past.n)
    return true
  }
}
