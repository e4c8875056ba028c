/** What agents remember, the index of its words and of its meaning, and the notes of a session. */
export const memory = `
-- a shelf holds one space's (and, where it is one agent's alone, that agent's) memories, current or past
CREATE TABLE memory_shelves (
  number INTEGER PRIMARY KEY,
  space  TEXT NOT NULL,
  -- empty: every agent's
  agent  TEXT NOT NULL,
  past   INTEGER NOT NULL,
  -- the count that the next memory's number is made of; never used twice
  next   INTEGER NOT NULL DEFAULT 1,
  UNIQUE (space, agent, past)
) STRICT;

CREATE TABLE memories (
  -- the shelf's number times 2^32 plus a count: a shelf is a range of numbers, and so a range of every index
  n            INTEGER PRIMARY KEY,
  shelf        INTEGER GENERATED ALWAYS AS (n >> 32) VIRTUAL,
  id           TEXT NOT NULL UNIQUE,
  -- the id of the current version
  lineage      TEXT NOT NULL,
  type         TEXT NOT NULL,
  text         TEXT NOT NULL,
  speaker      TEXT NOT NULL,
  tags         TEXT NOT NULL,
  importance   REAL NOT NULL,
  protection   TEXT NOT NULL,
  pinned       INTEGER NOT NULL,
  session      TEXT,
  message      TEXT,
  file         TEXT,
  person       TEXT,
  taint        TEXT NOT NULL,
  external_id  TEXT,
  created_at   TEXT NOT NULL,
  updated_at   TEXT NOT NULL,
  last_used_at TEXT,
  valid_from   TEXT NOT NULL,
  valid_to     TEXT,
  uses         INTEGER NOT NULL
) STRICT;
CREATE INDEX memories_by_lineage ON memories (lineage);
CREATE INDEX memories_by_session ON memories (session, n) WHERE session IS NOT NULL;
CREATE INDEX memories_by_external_id ON memories (external_id) WHERE external_id IS NOT NULL;
CREATE INDEX memories_by_time ON memories (valid_from, n);
CREATE INDEX memories_by_shelf ON memories (shelf, valid_from, n);

-- both hold the index alone: what was indexed is always made anew from the rows (see memory/word-index.ts)
CREATE VIRTUAL TABLE memory_words USING fts5(
  text, speaker, tags, context, content='', tokenize='porter unicode61 remove_diacritics 2'
);
INSERT INTO memory_words (memory_words, rank) VALUES ('secure-delete', 1);
-- Chinese, Japanese and Korean, which have no spaces, as pairs of characters
CREATE VIRTUAL TABLE memory_pairs USING fts5(text, content='', tokenize='unicode61');
INSERT INTO memory_pairs (memory_pairs, rank) VALUES ('secure-delete', 1);

CREATE TABLE memory_embedders (
  number     INTEGER PRIMARY KEY,
  id         TEXT NOT NULL UNIQUE,
  dimensions INTEGER NOT NULL,
  -- serving, or building until it knows every memory
  state      TEXT NOT NULL
) STRICT;
CREATE TABLE memory_vectors (
  embedder INTEGER NOT NULL REFERENCES memory_embedders (number),
  n        INTEGER NOT NULL REFERENCES memories (n),
  -- one signed byte a dimension
  vector   BLOB NOT NULL,
  PRIMARY KEY (embedder, n)
) STRICT, WITHOUT ROWID;

-- work that a crash may cut short: up to which memory it is done
CREATE TABLE memory_work (
  name  TEXT PRIMARY KEY,
  place INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE scratchpad (
  session_id TEXT NOT NULL,
  name       TEXT NOT NULL,
  text       TEXT NOT NULL,
  written_at TEXT NOT NULL,
  PRIMARY KEY (session_id, name)
) STRICT, WITHOUT ROWID;
`
