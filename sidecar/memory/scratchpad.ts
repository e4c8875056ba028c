import { SCRATCHPAD_ITEMS, type SessionId } from '../contract/index.ts'
import { atomically, type Clock, type Db, OxbowError } from '../foundation/index.ts'

export interface Note {
  name: string
  text: string
}

/** A session's own notes, by name: gone with `clear`, never part of memory. */
export class Scratchpad {
  readonly #db: Db
  readonly #clock: Clock

  constructor(db: Db, clock: Clock) {
    this.#db = db
    this.#clock = clock
  }

  /** In the order of their last writing. */
  read(session: SessionId): Note[] {
    return this.#db
      .prepare<[string], Note>('SELECT name, text FROM scratchpad WHERE session_id = ? ORDER BY written_at, name')
      .all(session)
  }

  /** Writes a note, in place of one of the same name. @throws OxbowError `scratchpad.full` */
  write(session: SessionId, { name, text }: Note): void {
    atomically(this.#db, () => {
      const others = this.#db
        .prepare<[string, string], { n: number }>('SELECT count(*) AS n FROM scratchpad WHERE session_id = ? AND name <> ?')
        .get(session, name)!
      if (others.n >= SCRATCHPAD_ITEMS)
        throw new OxbowError(
          'CONFLICT',
          'scratchpad.full',
          `the scratchpad holds ${SCRATCHPAD_ITEMS} notes already`,
          'Clear some, or write over one.',
        )
      this.#db
        .prepare(
          `INSERT INTO scratchpad (session_id, name, text, written_at) VALUES (?, ?, ?, ?)
           ON CONFLICT (session_id, name) DO UPDATE SET text = excluded.text, written_at = excluded.written_at`,
        )
        .run(session, name, text, this.#clock.iso())
    })
  }

  /** @param name absent: all of them @returns how many went */
  clear(session: SessionId, name?: string): number {
    return this.#db
      .prepare('DELETE FROM scratchpad WHERE session_id = @session AND (@name IS NULL OR name = @name)')
      .run({ session, name: name ?? null }).changes
  }
}
