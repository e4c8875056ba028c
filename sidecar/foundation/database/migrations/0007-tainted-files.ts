/** Files that hold what came from outside, or what is private, and were written by an agent. */
export const taint = `
CREATE TABLE tainted_files (
  -- absolute; or the name of a kept output
  path    TEXT PRIMARY KEY,
  -- everything below it
  folder  INTEGER NOT NULL,
  -- SHA-256 of its content
  hash    TEXT,
  -- one or both of: private untrusted
  labels  TEXT NOT NULL,
  source  TEXT NOT NULL,
  session TEXT NOT NULL,
  at      TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX tainted_files_by_hash ON tainted_files (hash) WHERE hash IS NOT NULL;
CREATE INDEX tainted_files_folders ON tainted_files (path) WHERE folder = 1;
`
