/** The tamper-evident record: entries as leaves of a Merkle tree, the tree's state, and its signed checkpoints. */
export const audit = `
CREATE TABLE audit_entries (
  -- from 0, without a gap: the leaf's place in the tree
  position INTEGER PRIMARY KEY,
  leaf     BLOB NOT NULL,
  -- canonical JSON: exactly the bytes that were hashed; all below is read from it
  entry    TEXT NOT NULL,
  kind     TEXT GENERATED ALWAYS AS (entry ->> '$.kind') VIRTUAL,
  at       TEXT GENERATED ALWAYS AS (entry ->> '$.at') VIRTUAL,
  session  TEXT GENERATED ALWAYS AS (entry ->> '$.session') VIRTUAL,
  agent    TEXT GENERATED ALWAYS AS (entry ->> '$.agent') VIRTUAL,
  tool     TEXT GENERATED ALWAYS AS (entry ->> '$.tool') VIRTUAL,
  decision TEXT GENERATED ALWAYS AS (entry ->> '$.decision') VIRTUAL
) STRICT;
CREATE INDEX audit_by_session ON audit_entries (session, position) WHERE session IS NOT NULL;
CREATE INDEX audit_by_decision ON audit_entries (decision, position) WHERE decision IS NOT NULL;

-- roots of complete subtrees of 256^height leaves, so that a proof reads some hundred hashes and never the whole record
CREATE TABLE audit_nodes (
  height   INTEGER NOT NULL,
  position INTEGER NOT NULL,
  hash     BLOB NOT NULL,
  PRIMARY KEY (height, position)
) STRICT, WITHOUT ROWID;

-- one row: how many leaves there are, and the roots that the next one is hashed with
CREATE TABLE audit_state (
  id    INTEGER PRIMARY KEY CHECK (id = 1),
  size  INTEGER NOT NULL,
  peaks BLOB NOT NULL
) STRICT;

CREATE TABLE audit_checkpoints (
  size INTEGER PRIMARY KEY,
  at   TEXT NOT NULL,
  -- a signed note
  note TEXT NOT NULL
) STRICT;
`
