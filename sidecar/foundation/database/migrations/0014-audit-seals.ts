/** Entries of the record whose text lies in a file, in segments from the record's beginning; their hashes stay where they were. */
export const auditSeals = `
CREATE TABLE audit_seals (
  -- the first entry's place
  first INTEGER PRIMARY KEY,
  -- the size of the tree that its last entry ended: there is a checkpoint over it
  size  INTEGER NOT NULL,
  at    TEXT NOT NULL,
  file  TEXT NOT NULL
) STRICT;
`
