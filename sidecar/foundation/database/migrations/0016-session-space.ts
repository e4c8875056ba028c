/** Of which space of memory a session is. */
export const sessionSpace = `
ALTER TABLE sessions ADD COLUMN space TEXT NOT NULL DEFAULT 'main';
`
