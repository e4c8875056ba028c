import type { SessionId } from '../contract/index.ts'
import type { Db } from '../foundation/index.ts'

/** Sessions taken up at once. */
const MOST_PENDING = 100

/** Up to which event each session was learned from; on the disk, so that a crash neither skips nor repeats a turn. */
export class LearnProgress {
  readonly #sql

  constructor(db: Db) {
    this.#sql = {
      of: db.prepare<[string], { seq: number }>('SELECT seq FROM memory_learned WHERE session_id = ?'),
      set: db.prepare(
        `INSERT INTO memory_learned (session_id, seq) VALUES (?, ?)
         ON CONFLICT (session_id) DO UPDATE SET seq = max(seq, excluded.seq)`,
      ),
      pending: db.prepare<[], { id: SessionId }>(
        `SELECT s.id FROM sessions s LEFT JOIN memory_learned l ON l.session_id = s.id
         WHERE s.seq > COALESCE(l.seq, 0) AND s.status NOT IN ('running', 'waiting') ORDER BY s.updated_at LIMIT ${MOST_PENDING}`,
      ),
    }
  }

  /** The last event that was learned from. */
  of(session: SessionId): number {
    return this.#sql.of.get(session)?.seq ?? 0
  }

  set(session: SessionId, seq: number): void {
    this.#sql.set.run(session, seq)
  }

  /** Sessions that rest and hold more than was learned from, the longest unused first. */
  pending(): SessionId[] {
    return this.#sql.pending.all().map(({ id }) => id)
  }
}
