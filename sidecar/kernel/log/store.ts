import {
  emptyView,
  type LoggedEvent,
  MAIN_SPACE,
  type Message,
  type MessageId,
  type SessionEvent,
  type SessionId,
  type SessionSummary,
  type SessionView,
} from '../../contract/index.ts'
import type { Db } from '../../foundation/index.ts'

interface Row {
  id: SessionId
  title: string
  workspace: string
  model: string
  mode: SessionSummary['mode']
  status: SessionSummary['status']
  archived: number
  created_at: string
  updated_at: string
  seq: number
  message_count: number
  space: string
}

/** The log's SQL, and nothing else. Every method is one statement or one bounded page. */
export class LogStore {
  readonly #sql

  constructor(db: Db) {
    const summary = 'id, title, workspace, model, mode, status, archived, created_at, updated_at, seq, message_count, space'
    this.#sql = {
      insertSession: db.prepare(`INSERT INTO sessions (${summary}, snapshot, snapshot_seq)
        VALUES (@id, @title, @workspace, @model, @mode, @status, @archived, @createdAt, @updatedAt, @seq, @messageCount, @space, '', 0)`),
      updateSession: db.prepare(`UPDATE sessions SET title = @title, workspace = @workspace, model = @model, mode = @mode,
        status = @status, archived = @archived, updated_at = @updatedAt, seq = @seq, message_count = @messageCount, space = @space WHERE id = @id`),
      saveSnapshot: db.prepare('UPDATE sessions SET snapshot = ?, snapshot_seq = ? WHERE id = ?'),
      loadSession: db.prepare<[string], Row & { snapshot: string; snapshot_seq: number }>(
        `SELECT ${summary}, snapshot, snapshot_seq FROM sessions WHERE id = ?`,
      ),
      insertEvent: db.prepare('INSERT INTO events (session_id, seq, at, event) VALUES (?, ?, ?, ?)'),
      events: db.prepare<[string, number, number], { seq: number; at: string; event: string }>(
        'SELECT seq, at, event FROM events WHERE session_id = ? AND seq > ? ORDER BY seq LIMIT ?',
      ),
      putMessage: db.prepare('INSERT OR REPLACE INTO messages (session_id, position, id, message) VALUES (?, ?, ?, ?)'),
      messages: db.prepare<[string, number, number], { message: string }>(
        'SELECT message FROM messages WHERE session_id = ? AND position >= ? AND position < ? ORDER BY position',
      ),
      accept: db.prepare('INSERT INTO accepted (message_id, session_id) VALUES (?, ?)'),
      accepted: db.prepare<[string], { session_id: SessionId }>('SELECT session_id FROM accepted WHERE message_id = ?'),
      list: db.prepare<[object], Row>(`SELECT ${summary} FROM sessions
        WHERE archived = @archived AND updated_at < @before AND title LIKE @pattern ESCAPE '\\' ORDER BY updated_at DESC LIMIT @limit`),
      open: db.prepare<[], { id: SessionId }>(
        `SELECT id FROM sessions WHERE status IN ('running', 'waiting') ORDER BY updated_at`,
      ),
      count: db.prepare<[], { n: number }>('SELECT count(*) AS n FROM sessions'),
    }
  }

  insertSession(summary: SessionSummary): void {
    this.#sql.insertSession.run(toRow(summary))
  }

  updateSession(summary: SessionSummary): void {
    this.#sql.updateSession.run(toRow(summary))
  }

  insertEvent(id: SessionId, { seq, at, event }: LoggedEvent): void {
    this.#sql.insertEvent.run(id, seq, at, JSON.stringify(event))
  }

  /** Durable events after `after`, in order. */
  events(id: SessionId, after: number, limit: number): LoggedEvent[] {
    return this.#sql.events
      .all(id, after, limit)
      .map(({ seq, at, event }) => ({ seq, at, event: JSON.parse(event) as SessionEvent }))
  }

  /** Messages of the snapshot at places `from` (inclusive) to `to` (exclusive). */
  messages(id: SessionId, from: number, to: number): Message[] {
    return this.#sql.messages.all(id, from, to).map(({ message }) => JSON.parse(message) as Message)
  }

  putMessage(id: SessionId, position: number, message: Message): void {
    this.#sql.putMessage.run(id, position, message.id, JSON.stringify(message))
  }

  saveSnapshot({ messages: _, summary, ...rest }: SessionView): void {
    const count = summary.messageCount
    this.#sql.saveSnapshot.run(JSON.stringify({ ...rest, summary, earlier: count }), summary.seq, summary.id)
  }

  /** The view as of the last snapshot, with its newest `window` messages; undefined when there is no such session. */
  loadSnapshot(id: SessionId, window: number): SessionView | undefined {
    const row = this.#sql.loadSession.get(id)
    if (!row) return undefined
    if (row.snapshot_seq === 0) return emptyView(id)
    const saved = JSON.parse(row.snapshot) as Omit<SessionView, 'messages'>
    const count = saved.summary.messageCount
    const earlier = Math.max(0, count - window)
    return { ...saved, earlier, messages: this.messages(id, earlier, count) }
  }

  summary(id: SessionId): SessionSummary | undefined {
    const row = this.#sql.loadSession.get(id)
    return row && toSummary(row)
  }

  list(options: {
    search?: string | undefined
    archived: boolean
    limit: number
    before?: string | undefined
  }): SessionSummary[] {
    const pattern = `%${(options.search ?? '').replace(/[\\%_]/g, '\\$&')}%`
    return this.#sql.list
      .all({ archived: Number(options.archived), before: options.before ?? '9999', pattern, limit: options.limit })
      .map(toSummary)
  }

  /** Sessions whose turn had not ended when the process did. */
  openSessions(): SessionId[] {
    return this.#sql.open.all().map(({ id }) => id)
  }

  count(): number {
    return this.#sql.count.get()?.n ?? 0
  }

  accept(message: MessageId, session: SessionId): void {
    this.#sql.accept.run(message, session)
  }

  /** The session that accepted this message id, if one did. */
  acceptedBy(message: MessageId): SessionId | undefined {
    return this.#sql.accepted.get(message)?.session_id
  }
}

const toRow = (summary: SessionSummary) => ({
  ...summary,
  archived: Number(summary.archived),
  space: summary.space ?? MAIN_SPACE,
})

const toSummary = ({
  archived,
  created_at,
  updated_at,
  message_count,
  id,
  title,
  workspace,
  model,
  mode,
  status,
  seq,
  space,
}: Row): SessionSummary => ({
  id,
  title,
  workspace,
  model,
  mode,
  status,
  archived: archived === 1,
  createdAt: created_at,
  updatedAt: updated_at,
  seq,
  messageCount: message_count,
  ...(space !== MAIN_SPACE && { space }),
})
