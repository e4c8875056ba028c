/** What the setting was that an index of vectors was made by: so that it can be asked while another one's is made. */
export const embedderSource = `
ALTER TABLE memory_embedders ADD COLUMN source TEXT;
`
