/** What learning, recall and forgetting by and by need: uses, questions, what rests on what, and how far each session was learned from. */
export const memoryLearning = `
-- the text of a cold memory, compressed; \`text\` is then empty
ALTER TABLE memories ADD COLUMN packed BLOB;
-- what may be hot without being read as a whole shelf
CREATE INDEX memories_pinned ON memories (shelf, valid_from) WHERE pinned = 1;
CREATE INDEX memories_used ON memories (shelf, uses, last_used_at) WHERE uses > 0;
CREATE INDEX memories_standing ON memories (shelf, type, valid_from) WHERE type NOT IN ('episode', 'session', 'reasoning');

-- when a memory was of use, the newest of each; \`session\` is empty where a person looked
CREATE TABLE memory_uses (
  id      TEXT NOT NULL,
  at      TEXT NOT NULL,
  session TEXT NOT NULL,
  PRIMARY KEY (id, at, session)
) STRICT, WITHOUT ROWID;

-- what rests on what: a digest goes with any memory that it was made of
CREATE TABLE memory_rests (
  memory TEXT NOT NULL,
  source TEXT NOT NULL,
  PRIMARY KEY (source, memory)
) STRICT, WITHOUT ROWID;
CREATE INDEX memory_rests_by_memory ON memory_rests (memory);

-- what only a person can decide; the candidate is no memory before that, so no search finds it
CREATE TABLE memory_questions (
  id        TEXT PRIMARY KEY,
  kind      TEXT NOT NULL,
  space     TEXT NOT NULL,
  agent     TEXT NOT NULL,
  text      TEXT NOT NULL,
  candidate TEXT NOT NULL,
  -- the memory that it would replace
  about     TEXT,
  asked_at  TEXT NOT NULL
) STRICT;
CREATE INDEX memory_questions_by_space ON memory_questions (space, asked_at);
CREATE INDEX memory_questions_by_about ON memory_questions (about) WHERE about IS NOT NULL;

-- up to which event each session was learned from. What was said before there was learning is not learned.
CREATE TABLE memory_learned (
  session_id TEXT PRIMARY KEY,
  seq        INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO memory_learned SELECT id, seq FROM sessions;
`
