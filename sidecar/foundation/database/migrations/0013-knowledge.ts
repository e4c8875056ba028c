/** What is known of the notes in the knowledge folder. Their pieces are memories on a shelf of their own; their words stay in the files. */
export const knowledge = `
CREATE TABLE knowledge_notes (
  -- relative to the folder, with /
  path     TEXT PRIMARY KEY,
  title    TEXT NOT NULL,
  tags     TEXT NOT NULL,
  taint    TEXT NOT NULL,
  size     INTEGER NOT NULL,
  modified INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
-- what links may call a note, in lower case
CREATE TABLE knowledge_names (
  name TEXT NOT NULL,
  path TEXT NOT NULL REFERENCES knowledge_notes (path) ON DELETE CASCADE,
  PRIMARY KEY (name, path)
) STRICT, WITHOUT ROWID;
CREATE TABLE knowledge_links (
  source  TEXT NOT NULL REFERENCES knowledge_notes (path) ON DELETE CASCADE,
  place   INTEGER NOT NULL,
  -- as names are written
  name    TEXT NOT NULL,
  target  TEXT NOT NULL,
  heading TEXT,
  alias   TEXT,
  PRIMARY KEY (source, place)
) STRICT, WITHOUT ROWID;
CREATE INDEX knowledge_links_by_name ON knowledge_links (name);
`
