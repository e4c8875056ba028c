/** What the person's files of settings and rules held when Oxbow last wrote or recorded them. */
export const watchedFiles = `
CREATE TABLE watched_files (
  name TEXT PRIMARY KEY,
  digest TEXT NOT NULL
) STRICT, WITHOUT ROWID;
`
