/** Files that people handed in, by the hash of their bytes, and the messages that name them. */
export const media = `
CREATE TABLE media (
  hash       TEXT PRIMARY KEY,
  kind       TEXT NOT NULL,
  mime       TEXT NOT NULL,
  name       TEXT NOT NULL,
  size       INTEGER NOT NULL,
  width      INTEGER,
  height     INTEGER,
  -- the camera was held sideways: what reads the pixels alone sees them lying down
  turned     INTEGER NOT NULL,
  pages      INTEGER,
  characters INTEGER,
  -- the last time somebody handed it in
  stored_at  TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX media_by_time ON media (stored_at);

CREATE TABLE media_uses (
  hash       TEXT NOT NULL REFERENCES media (hash),
  session_id TEXT NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
  message_id TEXT NOT NULL,
  PRIMARY KEY (hash, session_id, message_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX media_uses_by_message ON media_uses (message_id);
`
