/** What a person allowed beyond one call, and every decision of the gate. */
export const gate = `
CREATE TABLE grants (
  id         INTEGER PRIMARY KEY,
  -- null: a standing yes ("always"), for the workspace
  session_id TEXT REFERENCES sessions (id),
  workspace  TEXT NOT NULL,
  tier       TEXT NOT NULL,
  -- what exactly was allowed: a command line; empty where the whole tier was
  subject    TEXT NOT NULL,
  granted_at TEXT NOT NULL
) STRICT;
CREATE INDEX grants_by_workspace ON grants (workspace, tier);

CREATE TABLE decisions (
  id         INTEGER PRIMARY KEY,
  at         TEXT NOT NULL,
  session_id TEXT NOT NULL,
  tool       TEXT NOT NULL,
  tier       TEXT NOT NULL,
  title      TEXT NOT NULL,
  effect     TEXT NOT NULL,
  reason     TEXT NOT NULL
) STRICT;
CREATE INDEX decisions_by_session ON decisions (session_id, id);
`
