import type { MediaKind, MessageId, SessionId } from '../contract/index.ts'
import type { Db } from '../foundation/index.ts'
import type { StoredMedia } from './types.ts'

interface Row {
  hash: string
  kind: MediaKind
  mime: string
  name: string
  size: number
  width: number | null
  height: number | null
  turned: number
  pages: number | null
  characters: number | null
  stored_at: string
}

/** What is stored and who uses it: the SQL, and nothing else. */
export class MediaStore {
  readonly #sql

  constructor(db: Db) {
    this.#sql = {
      get: db.prepare<[string], Row>('SELECT * FROM media WHERE hash = ?'),
      put: db.prepare(`INSERT INTO media (hash, kind, mime, name, size, width, height, turned, pages, characters, stored_at)
        VALUES (@hash, @kind, @mime, @name, @size, @width, @height, @turned, @pages, @characters, @storedAt)
        ON CONFLICT (hash) DO UPDATE SET stored_at = excluded.stored_at`),
      characters: db.prepare('UPDATE media SET characters = ? WHERE hash = ?'),
      use: db.prepare('INSERT OR IGNORE INTO media_uses (hash, session_id, message_id) VALUES (?, ?, ?)'),
      release: db.prepare('DELETE FROM media_uses WHERE message_id = ?'),
      unused: db.prepare<[string, number], { hash: string }>(`SELECT hash FROM media WHERE stored_at < ?
        AND NOT EXISTS (SELECT 1 FROM media_uses WHERE media_uses.hash = media.hash) LIMIT ?`),
      remove: db.prepare(`DELETE FROM media WHERE hash = ?
        AND NOT EXISTS (SELECT 1 FROM media_uses WHERE media_uses.hash = media.hash)`),
    }
  }

  get(hash: string): StoredMedia | undefined {
    const row = this.#sql.get.get(hash)
    return row && toStored(row)
  }

  /** Stored again, it counts as stored now. */
  put(media: StoredMedia): void {
    const { width = null, height = null, pages = null, characters = null } = media
    this.#sql.put.run({ ...media, turned: Number(media.turned), width, height, pages, characters })
  }

  setCharacters(hash: string, characters: number): void {
    this.#sql.characters.run(characters, hash)
  }

  use(hash: string, session: SessionId, message: MessageId): void {
    this.#sql.use.run(hash, session, message)
  }

  release(message: MessageId): void {
    this.#sql.release.run(message)
  }

  /** Files that no message names, stored before `before`. */
  unused(before: string, limit: number): string[] {
    return this.#sql.unused.all(before, limit).map(({ hash }) => hash)
  }

  /** @returns false where a message names it */
  remove(hash: string): boolean {
    return this.#sql.remove.run(hash).changes > 0
  }
}

const toStored = ({ stored_at, turned, width, height, pages, characters, ...row }: Row): StoredMedia => ({
  ...row,
  storedAt: stored_at,
  turned: turned === 1,
  ...(width !== null && { width }),
  ...(height !== null && { height }),
  ...(pages !== null && { pages }),
  ...(characters !== null && { characters }),
})
