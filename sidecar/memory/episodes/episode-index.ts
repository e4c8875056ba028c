import { setImmediate as breathe } from 'node:timers/promises'
import type { EpisodeKind, Message } from '../../contract/index.ts'
import { atomically, type Db } from '../../foundation/index.ts'

/** Messages indexed in one transaction. */
const SLICE = 20
/** Sessions taken up at once. */
const MOST_SESSIONS = 50

interface Behind {
  id: string
  position: number
}

/**
 * Keeps the index of all that was said. It holds places, not words: those stay in the log. How far it came is written with what
 * was indexed, and a message that changes takes its places out by itself and is indexed again: see the migration.
 */
export class EpisodeIndex {
  readonly #db: Db
  readonly #sql: ReturnType<typeof statements>
  #running: Promise<void> | undefined
  #closed = false

  constructor(db: Db) {
    this.#db = db
    this.#sql = statements(db)
  }

  /** Settles when everything said in sessions that rest can be found. Runs once, however many ask. */
  catchUp(): Promise<void> {
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined
    })
    return this.#running
  }

  async close(): Promise<void> {
    this.#closed = true
    await this.#running
  }

  async #run(): Promise<void> {
    for (;;) {
      const behind = this.#closed ? [] : this.#sql.behind.all()
      if (behind.length === 0) return
      for (const session of behind) await this.#session(session)
    }
  }

  async #session({ id, position }: Behind): Promise<void> {
    let at = position
    while (!this.#closed) {
      const next = atomically(this.#db, () => this.#slice(id, at))
      if (next === at) return
      at = next
      await breathe()
    }
  }

  /** @returns the place behind the last message that was indexed */
  #slice(session: string, from: number): number {
    const rows = this.#sql.messages.all(session, from, SLICE)
    for (const { position, message } of rows) this.#enter(session, position, JSON.parse(message) as Message)
    const next = (rows.at(-1)?.position ?? from - 1) + 1
    if (next > from) this.#sql.progress.run(session, next)
    return next
  }

  #enter(session: string, position: number, { role, status, parts, createdAt }: Message): void {
    // Another model answered instead.
    if (status === 'replaced') return
    for (const [part, one] of parts.entries()) {
      const kind = kindOf(role, one)
      if (!kind) continue
      const at = one.type === 'tool' ? (one.finishedAt ?? createdAt) : createdAt
      const place = this.#sql.place.get(session, position, part, kind, at)
      // One that is there was passed on the way back to an earlier message, which was written again.
      if (place) this.#sql.words.run(place.n)
    }
  }
}

function kindOf(role: Message['role'], part: Message['parts'][number]): EpisodeKind | undefined {
  if (part.type === 'text') return role === 'user' ? 'said' : 'answered'
  if (part.type === 'document') return 'document'
  if (part.type === 'tool') return part.name === 'read' ? 'file' : 'tool'
  return undefined
}

function statements(db: Db) {
  return {
    behind: db.prepare<[], Behind>(
      `SELECT s.id, COALESCE(p.position, 0) AS position FROM sessions s LEFT JOIN episode_progress p ON p.session_id = s.id
       WHERE s.status NOT IN ('running', 'waiting')
       AND EXISTS (SELECT 1 FROM messages m WHERE m.session_id = s.id AND m.position >= COALESCE(p.position, 0))
       ORDER BY s.updated_at DESC LIMIT ${MOST_SESSIONS}`,
    ),
    messages: db.prepare<[string, number, number], { position: number; message: string }>(
      'SELECT position, message FROM messages WHERE session_id = ? AND position >= ? ORDER BY position LIMIT ?',
    ),
    place: db.prepare<[string, number, number, string, string], { n: number }>(
      'INSERT INTO episodes (session_id, position, part, kind, at) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING RETURNING n',
    ),
    words: db.prepare('INSERT INTO episode_words (rowid, text) SELECT n, text FROM episode_texts WHERE n = ?'),
    progress: db.prepare(
      `INSERT INTO episode_progress (session_id, position) VALUES (?, ?)
       ON CONFLICT (session_id) DO UPDATE SET position = excluded.position`,
    ),
  }
}
