/** Dreams: how far each has come, and what it changed, so that it can go on after a crash and be taken back. */
export const memoryDreams = `
CREATE TABLE memory_dreams (
  id         TEXT PRIMARY KEY,
  cause      TEXT NOT NULL,
  state      TEXT NOT NULL,
  phase      TEXT NOT NULL,
  -- the last row (or, of digests, step) of this phase that is done
  place      INTEGER NOT NULL DEFAULT 0,
  -- only what changed after this is compared; empty: everything
  since      TEXT NOT NULL,
  started_at TEXT NOT NULL,
  ended_at   TEXT,
  ms         REAL NOT NULL DEFAULT 0,
  tokens     INTEGER NOT NULL DEFAULT 0,
  cost       INTEGER NOT NULL DEFAULT 0,
  counts     TEXT NOT NULL,
  fault      TEXT
) STRICT, WITHOUT ROWID;
CREATE INDEX memory_dreams_by_time ON memory_dreams (started_at);

-- no text of a memory stands here: that stays in its rows, so that forgetting finds it
CREATE TABLE memory_dream_changes (
  dream     TEXT NOT NULL REFERENCES memory_dreams (id),
  seq       INTEGER NOT NULL,
  kind      TEXT NOT NULL,
  space     TEXT NOT NULL,
  memory    TEXT NOT NULL,
  -- the memory that went into it, or a digest's period
  other     TEXT,
  -- how the rows were; null: it cannot be taken back (any more)
  undo      TEXT,
  at        TEXT NOT NULL,
  undone_at TEXT,
  PRIMARY KEY (dream, seq)
) STRICT, WITHOUT ROWID;
CREATE INDEX memory_dream_changes_by_memory ON memory_dream_changes (memory, other);
CREATE INDEX memory_dream_changes_by_other ON memory_dream_changes (other) WHERE other IS NOT NULL;
`
