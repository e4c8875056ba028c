/** Sessions, their log, and the snapshot from which a session opens without folding its whole log. */
export const sessionLog = `
CREATE TABLE sessions (
  id            TEXT PRIMARY KEY,
  title         TEXT NOT NULL,
  workspace     TEXT NOT NULL,
  model         TEXT NOT NULL,
  mode          TEXT NOT NULL,
  status        TEXT NOT NULL,
  archived      INTEGER NOT NULL,
  created_at    TEXT NOT NULL,
  updated_at    TEXT NOT NULL,
  seq           INTEGER NOT NULL,
  message_count INTEGER NOT NULL,
  -- the view without its messages, as of snapshot_seq; events after it are folded on top
  snapshot      TEXT NOT NULL,
  snapshot_seq  INTEGER NOT NULL
) STRICT;
CREATE INDEX sessions_by_time ON sessions (archived, updated_at DESC);
CREATE INDEX sessions_open ON sessions (status) WHERE status IN ('running', 'waiting');

CREATE TABLE events (
  session_id TEXT NOT NULL REFERENCES sessions (id),
  seq        INTEGER NOT NULL,
  at         TEXT NOT NULL,
  event      TEXT NOT NULL,
  PRIMARY KEY (session_id, seq)
) STRICT, WITHOUT ROWID;

-- the messages of the snapshot, by their place in the conversation
CREATE TABLE messages (
  session_id TEXT NOT NULL REFERENCES sessions (id),
  position   INTEGER NOT NULL,
  id         TEXT NOT NULL,
  message    TEXT NOT NULL,
  PRIMARY KEY (session_id, position)
) STRICT, WITHOUT ROWID;

-- every message id ever accepted, so that sending twice is answered once
CREATE TABLE accepted (
  message_id TEXT PRIMARY KEY,
  session_id TEXT NOT NULL REFERENCES sessions (id)
) STRICT, WITHOUT ROWID;
`
