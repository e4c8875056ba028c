/** Hosts that a person allowed, and what secrets are called. A value is never here. */
export const egress = `
CREATE TABLE allowed_hosts (
  id         INTEGER PRIMARY KEY,
  -- as a rule: example.com, *.example.com, localhost:11434
  host       TEXT NOT NULL,
  -- at most one of both; neither: everywhere
  session_id TEXT,
  workspace  TEXT,
  added_at   TEXT NOT NULL
) STRICT;
CREATE TABLE named_secrets (
  name     TEXT PRIMARY KEY,
  -- JSON: the hosts it may go to
  hosts    TEXT NOT NULL,
  added_at TEXT NOT NULL
) STRICT, WITHOUT ROWID;
`
